//! The least app, whose weight `cargo xtask size --all` tells: empty without features, else with what they add.

#[cfg(target_arch = "wasm32")]
mod app;

fn main() {
    #[cfg(target_arch = "wasm32")]
    app::mount();
}
