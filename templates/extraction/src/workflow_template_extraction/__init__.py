"""The workflows of this deployment."""
