//! The older deployments API: tasks in sessions, of llama-deploy 0.2.2 and 0.9.2 and of the same routes of today's app server. Legacy:
//! what is written today uses handlers.

mod answers;
mod client;
mod follow;
mod prompt;
mod reading;
mod stream;
mod use_legacy_task;

pub use client::{LegacyClient, legacy_status};
pub use prompt::LegacyPrompt;
pub use stream::LegacyStream;
pub use use_legacy_task::{
    FollowLegacyTask, RespondToLegacyTask, SendToLegacyTask, StartLegacyTask, UseLegacyTaskOptions,
    UseLegacyTaskReturn, use_legacy_task, use_legacy_task_with_options,
};
pub use workflow_protocol::legacy::{
    LegacyApi, LegacyEvent, LegacyOutcome, LegacyResult, LegacyService, LegacySession, LegacyStatus,
    LegacyStreamEnd, LegacyTask, NewLegacyTask,
};
