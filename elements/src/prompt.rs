//! `<workflow-prompt>`: the open questions of a run, and nothing else of it.

use crate::told::{Telling, tell};
use crate::view::Context;
use std::rc::Rc;
use workflow_ui_components::prompt::prompts;
use workflow_ui_components::ui::{El, Live};
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) fn prompt(context: &Context) -> El {
    let (run, handler_id) = context.follow();
    tell(run, handler_id, Rc::clone(&context.port), Telling::Questions);
    questions(run, handler_id)
}

fn questions(run: UseWorkflowHandlerReturn, handler_id: Live<String>) -> El {
    prompts(run, handler_id)
}
