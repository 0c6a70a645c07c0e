//! What a step may stage, as values to compare.

use crate::Attr;
use crate::activities::Activity;
use crate::documents::FromTemplate;
use crate::feed::Post;
use crate::messages::Message;
use crate::notifications::Notification;
use crate::tasks::Task;

/// One staged effect: the host function, and what it was called with.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    MoveStage {
        order: String,
        stage: String,
    },
    SetFields {
        order: String,
        fields: Vec<Attr>,
    },
    AppendFields {
        order: String,
        fields: Vec<Attr>,
    },
    AddTags {
        order: String,
        tags: Vec<String>,
    },
    SetResponsible {
        order: String,
        to: String,
    },
    Cancel {
        order: String,
        reason: Option<String>,
    },
    Delete {
        order: String,
    },
    MarkPaid {
        order: String,
    },
    AllowDelivery {
        order: String,
    },
    MarkShipped {
        order: String,
    },
    EditShipments {
        order: String,
        shipment: Option<String>,
        fields: Vec<Attr>,
    },
    SetClientFields {
        client: String,
        fields: Vec<Attr>,
    },
    AddComment {
        order: String,
        text: String,
        author: Option<String>,
    },
    WriteHistory {
        order: String,
        text: String,
        author: Option<String>,
    },
    Publish(Post),
    Notify(Notification),
    AddActivity(Activity),
    CreateTask(Task),
    CreateItem {
        list: String,
        fields: Vec<Attr>,
    },
    UpdateItem {
        list: String,
        id: String,
        fields: Vec<Attr>,
    },
    /// With the address that the host found.
    Queue {
        message: Message,
        address: String,
    },
    QueueToSegment {
        segment: String,
        message: Message,
    },
    CreateDocument(FromTemplate),
    CreateFilled {
        document: FromTemplate,
        number: String,
        media_type: String,
        bytes: Vec<u8>,
    },
    PutDocument {
        order: String,
        title: String,
        media_type: String,
        bytes: Vec<u8>,
    },
    StartWorkflow {
        workflow: String,
        order: String,
        parameters: Vec<Attr>,
    },
    Emit {
        kind: String,
        order: Option<String>,
        correlation: Option<String>,
        attrs: Vec<Attr>,
    },
}
