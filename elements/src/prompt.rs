//! `<workflow-prompt>`: the open questions of a run, and nothing else of it.

use crate::told::{Telling, tell};
use crate::view::Context;
use std::rc::Rc;
use workflow_ui_components::prompt::prompts;
use workflow_ui_components::ui::El;

pub(crate) fn prompt(context: &Context) -> El {
    let (run, handler_id) = context.follow();
    tell(run, handler_id, Rc::clone(&context.port), Telling::Questions);
    prompts(run, handler_id)
}
