//! Files of the browser: texts and pictures as blobs, and how it saves them.

use crate::dom::document;
use futures::channel::oneshot;
use js_sys::{Array, JsString};
use leptos::prelude::set_timeout;
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement,
    Url,
};

/// Bytes of text that are handed to the browser at once.
const PART: usize = 1 << 20;

/// How long the address of a file is valid. A browser may ask first where to save it.
const VALID: Duration = Duration::from_secs(120);

/// The largest side and area of a PNG, in pixels: what browsers draw everywhere.
const SIDE: f64 = 8_192.0;
const AREA: f64 = 16_000_000.0;

/// A text that grows, in parts that the browser holds.
#[derive(Debug, Default)]
pub(super) struct TextFile {
    parts: Array,
    text: String,
}

impl TextFile {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        if self.text.len() > PART {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.parts.push(&JsString::from(self.text.as_str()));
        self.text.clear();
    }

    /// All of it as a file of a media type.
    pub(super) fn finish(mut self, media: &str) -> Option<Blob> {
        self.flush();
        let options = BlobPropertyBag::new();
        options.set_type(media);
        Blob::new_with_str_sequence_and_options(&self.parts, &options).ok()
    }
}

/// Lets the browser save a file. False if it can't.
pub(super) fn download(name: &str, blob: &Blob) -> bool {
    let Ok(address) = Url::create_object_url_with_blob(blob) else {
        return false;
    };
    let link = document().create_element("a").ok();
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else {
        return false;
    };
    link.set_href(&address);
    link.set_download(name);
    link.click();
    let revoke = move || {
        // Refused only for addresses that are none.
        let _ = Url::revoke_object_url(&address);
    };
    set_timeout(revoke, VALID);
    true
}

/// Draws an SVG document of this size as PNG, at twice its size as far as browsers draw that.
pub(super) async fn png(svg: &str, (width, height): (i32, i32)) -> Option<Blob> {
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = 2.0_f64
        .min(SIDE / width)
        .min(SIDE / height)
        .min((AREA / (width * height)).sqrt());
    let image = HtmlImageElement::new().ok()?;
    // The content security policy allows images from data addresses, and none from blobs.
    let address = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&["data:image/svg+xml;charset=utf-8,", &address].concat());
    JsFuture::from(image.decode()).await.ok()?;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    let (width, height) = ((width * scale).max(1.0), (height * scale).max(1.0));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 8 192"
    )]
    {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    context
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
        .ok()?;
    let (sender, receiver) = oneshot::channel();
    let callback = Closure::once_into_js(move |blob: JsValue| {
        // The receiver is gone if the page is being left.
        let _ = sender.send(blob.dyn_into::<Blob>().ok());
    });
    canvas.to_blob(callback.unchecked_ref()).ok()?;
    receiver.await.ok()?
}

/// Lets the browser do something else.
pub(super) async fn pause() {
    let (sender, receiver) = oneshot::channel::<()>();
    set_timeout(
        move || {
            let _ = sender.send(());
        },
        Duration::ZERO,
    );
    let _ = receiver.await;
}
