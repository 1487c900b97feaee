//! Signals over Agent Data. One file per hook.

mod asking;
mod use_agent_data_count;
mod use_agent_data_groups;
mod use_agent_data_item;
mod use_agent_data_search;
mod use_agent_data_write;

pub use asking::{RefreshAgentData, UseAgentDataOptions};
pub use use_agent_data_count::{
    UseAgentDataCountReturn, use_agent_data_count, use_agent_data_count_with_options,
};
pub use use_agent_data_groups::{
    UseAgentDataGroupsReturn, use_agent_data_groups, use_agent_data_groups_with_options,
};
pub use use_agent_data_item::{
    UseAgentDataItemReturn, use_agent_data_item, use_agent_data_item_with_options,
};
pub use use_agent_data_search::{
    AgentDataRow, LoadMoreAgentData, UseAgentDataSearchReturn, use_agent_data_search,
    use_agent_data_search_with_options,
};
pub use use_agent_data_write::{
    CreateAgentData, DeleteAgentData, UpdateAgentData, UseAgentDataWriteReturn, use_agent_data_write,
    use_agent_data_write_with_options,
};
