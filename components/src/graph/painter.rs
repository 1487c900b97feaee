//! Reads a graph, lays it out and builds its picture, in slices between which the browser can respond.

use super::Shown;
use super::picture::Picture;
use crate::work::{Slices, Work};
use leptos::prelude::{RwSignal, Update as _};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use workflow_inspector::graph::{Drawing, GraphView};
use workflow_inspector::json::Progress;
use workflow_protocol::Graph;

/// Nodes and arrows that are read between two checks of the time.
const READ: usize = 500;

/// Elements that are built between two checks of the time.
const BUILT: usize = 50;

/// The current step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Idle,
    Read,
    LayOut,
    Build,
}

pub(super) struct Painter {
    shown: Rc<Shown>,
    pub(super) picture: Rc<Picture>,
    work: Work,
    stage: RefCell<Stage>,
    drawing: RefCell<Option<Drawing>>,
    slices: RefCell<Option<Slices>>,
    /// Counts the stages that ended.
    ended: RwSignal<u32>,
}

impl Painter {
    pub(super) fn new(shown: Rc<Shown>, picture: Rc<Picture>, work: Work, ended: RwSignal<u32>) -> Rc<Self> {
        let painter = Rc::new(Self {
            shown,
            picture,
            work,
            stage: RefCell::default(),
            drawing: RefCell::default(),
            slices: RefCell::default(),
            ended,
        });
        let going = Rc::downgrade(&painter);
        work.on_resume(move || {
            if let Some(painter) = going.upgrade() {
                painter.go_on();
            }
        });
        painter
    }

    /// Reads another graph, and draws it unless it is large.
    pub(super) fn open(self: &Rc<Self>, graph: Arc<Graph>) {
        self.slices.take();
        self.drawing.take();
        self.work.done();
        self.picture.clear();
        self.shown.view.replace(GraphView::begin(graph));
        self.stage.replace(Stage::Read);
        self.go_on();
    }

    /// Draws the graph, even if it is large.
    pub(super) fn draw(self: &Rc<Self>) {
        if *self.stage.borrow() == Stage::Idle {
            self.begin_drawing();
            self.go_on();
        }
    }

    /// Whether the graph is read, so that its nodes can be listed.
    pub(super) fn is_read(&self) -> bool {
        *self.stage.borrow() != Stage::Read
    }

    /// Whether the picture is complete.
    pub(super) fn is_drawn(&self) -> bool {
        *self.stage.borrow() == Stage::Idle && !self.shown.view.borrow().layout.nodes.is_empty()
    }

    /// Whether a picture is being drawn.
    pub(super) fn is_drawing(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::LayOut | Stage::Build)
    }

    fn begin_drawing(&self) {
        let drawing = self.shown.view.borrow().drawing();
        self.drawing.replace(Some(drawing));
        self.stage.replace(Stage::LayOut);
    }

    fn go_on(self: &Rc<Self>) {
        let (stepping, turning): (Weak<Self>, Weak<Self>) = (Rc::downgrade(self), Rc::downgrade(self));
        let slices = Slices::start(
            self.work,
            move || stepping.upgrade().is_some_and(|painter| painter.step()),
            move |more| {
                if let Some(painter) = turning.upgrade() {
                    painter.turned(more);
                }
            },
        );
        self.slices.replace(Some(slices));
    }

    /// Does a little; true while there is more.
    fn step(&self) -> bool {
        let stage = *self.stage.borrow();
        match stage {
            Stage::Idle => return false,
            Stage::Read => {
                let mut view = self.shown.view.borrow_mut();
                if view.step(READ) == Progress::More {
                    return true;
                }
                let large = view.is_large();
                drop(view);
                if large {
                    self.stage.replace(Stage::Idle);
                    return false;
                }
                self.begin_drawing();
            }
            Stage::LayOut => {
                let mut drawing = self.drawing.borrow_mut();
                if drawing
                    .as_mut()
                    .is_some_and(|drawing| drawing.step() == Progress::More)
                {
                    return true;
                }
                if let Some(drawing) = drawing.take() {
                    self.shown.view.borrow_mut().draw(drawing);
                }
                self.picture.begin();
                self.stage.replace(Stage::Build);
            }
            Stage::Build => {
                if self.picture.build(BUILT) {
                    return true;
                }
                self.stage.replace(Stage::Idle);
                return false;
            }
        }
        true
    }

    fn turned(&self, more: bool) {
        if more {
            self.work.running(self.percent());
        } else {
            self.work.done();
            self.ended.try_update(|ended| *ended = ended.wrapping_add(1));
        }
    }

    fn percent(&self) -> u32 {
        match *self.stage.borrow() {
            Stage::Idle => 100,
            Stage::Read => self.shown.view.borrow().percent(),
            // Half of a picture's work is its layout.
            Stage::LayOut => self.drawing.borrow().as_ref().map_or(0, Drawing::percent) / 2,
            Stage::Build => 50 + self.picture.percent() / 2,
        }
    }
}
