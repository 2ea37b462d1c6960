package vocab

// ODRLNS is the namespace of ODRL.
const ODRLNS = "http://www.w3.org/ns/odrl/2/"

// Terms of ODRL.
const (
	ODRLAction              = ODRLNS + "Action"
	ODRLActionProperty      = ODRLNS + "action"
	ODRLAgreement           = ODRLNS + "Agreement"
	ODRLAsset               = ODRLNS + "Asset"
	ODRLAssignee            = ODRLNS + "assignee"
	ODRLAssigner            = ODRLNS + "assigner"
	ODRLConstraint          = ODRLNS + "Constraint"
	ODRLConstraintProperty  = ODRLNS + "constraint"
	ODRLDuty                = ODRLNS + "Duty"
	ODRLDutyProperty        = ODRLNS + "duty"
	ODRLHasPolicy           = ODRLNS + "hasPolicy"
	ODRLOffer               = ODRLNS + "Offer"
	ODRLParty               = ODRLNS + "Party"
	ODRLPermission          = ODRLNS + "Permission"
	ODRLPermissionProperty  = ODRLNS + "permission"
	ODRLPolicy              = ODRLNS + "Policy"
	ODRLProhibition         = ODRLNS + "Prohibition"
	ODRLProhibitionProperty = ODRLNS + "prohibition"
	ODRLRule                = ODRLNS + "Rule"
	ODRLSet                 = ODRLNS + "Set"
	ODRLTarget              = ODRLNS + "target"
	ODRLUse                 = ODRLNS + "Use"
	ODRLUseProperty         = ODRLNS + "use"
)
