//! The tabs that receive frames from the leading tab.

use super::message::Message;
use super::{TabsCommand, TabsMachine};
use crate::{Failure, StreamEnd};

impl TabsMachine {
    /// A message of the leading tab about a stream that we follow.
    pub(super) fn answer(&mut self, stream: u64, message: Message, body: &[u8]) {
        let Some(following) = self.following.get_mut(&stream) else {
            return;
        };
        match message {
            Message::Accepted { .. } => {
                following.asked = None;
                if !std::mem::replace(&mut following.opened, true) {
                    self.commands.push_back(TabsCommand::Opened { stream });
                }
            }
            Message::Frames { after, .. } => {
                following.after = after;
                let bytes = body.to_vec();
                self.commands.push_back(TabsCommand::Bytes { stream, bytes });
            }
            Message::Drained { .. } => self.ended(stream, StreamEnd::NoContent),
            Message::Failed { failure, .. } => self.ended(stream, StreamEnd::Failed(failure)),
            Message::Elsewhere { .. } if following.opened => {
                let lost = Failure::network("The leading tab no longer has these events.");
                self.ended(stream, StreamEnd::Failed(lost));
            }
            Message::Elsewhere { .. } => {
                self.following.shift_remove(&stream);
                self.commands.push_back(TabsCommand::Direct { stream });
            }
            _ => following.asked = None,
        }
    }

    fn ended(&mut self, stream: u64, end: StreamEnd) {
        if self.following.shift_remove(&stream).is_some() {
            self.commands.push_back(TabsCommand::Ended { stream, end });
        }
    }

    pub(super) fn join(&mut self, stream: u64) {
        let Some(following) = self.following.get_mut(&stream) else {
            return;
        };
        self.joins += 1;
        following.join = self.joins;
        let message = Message::Join {
            join: following.join,
            handler: following.handler.clone(),
            run_id: following.run_id.clone(),
            after: following.after,
            peek: following.peek,
        };
        self.tell_leader(&message);
    }
}
