package vocab

// LDESNS is the namespace of linked data event streams.
const LDESNS = "https://w3id.org/ldes#"

// Terms of linked data event streams.
const (
	LDESAmount                     = LDESNS + "amount"
	LDESDuration                   = LDESNS + "duration"
	LDESDurationAgoPolicy          = LDESNS + "DurationAgoPolicy"
	LDESEventSource                = LDESNS + "EventSource"
	LDESEventStream                = LDESNS + "EventStream"
	LDESEventStreamView            = LDESNS + "EventStreamView"
	LDESLatestVersionSubset        = LDESNS + "LatestVersionSubset"
	LDESLDESView                   = LDESNS + "LDESView"
	LDESPointInTimePolicy          = LDESNS + "PointInTimePolicy"
	LDESPollingInterval            = LDESNS + "pollingInterval"
	LDESRetentionPolicy            = LDESNS + "RetentionPolicy"
	LDESRetentionPolicyProperty    = LDESNS + "retentionPolicy"
	LDESSequencePath               = LDESNS + "sequencePath"
	LDESTimestampPath              = LDESNS + "timestampPath"
	LDESTransactionFinalizedObject = LDESNS + "transactionFinalizedObject"
	LDESTransactionFinalizedPath   = LDESNS + "transactionFinalizedPath"
	LDESTransactionPath            = LDESNS + "transactionPath"
	LDESVersionCreateObject        = LDESNS + "versionCreateObject"
	LDESVersionDeleteObject        = LDESNS + "versionDeleteObject"
	LDESVersionKey                 = LDESNS + "versionKey"
	LDESVersionMaterializationOf   = LDESNS + "versionMaterializationOf"
	LDESVersionOfPath              = LDESNS + "versionOfPath"
	LDESVersionTimestampPath       = LDESNS + "versionTimestampPath"
	LDESVersionUpdateObject        = LDESNS + "versionUpdateObject"
)
