//! The smallest app, for `cargo xtask size --all`. Empty without features; each feature adds a part.

#[cfg(target_arch = "wasm32")]
mod app;

fn main() {
    #[cfg(target_arch = "wasm32")]
    app::mount();
}
