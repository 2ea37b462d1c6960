package syntax

// Form is one of the four query forms (SPARQL 1.1 §16).
type Form uint8

// The query forms. The names end in Form because Select is the type of a
// query's SELECT part.
const (
	SelectForm Form = iota + 1
	ConstructForm
	DescribeForm
	AskForm
)

// String returns the keyword of the form.
func (f Form) String() string {
	switch f {
	case SelectForm:
		return "SELECT"
	case ConstructForm:
		return "CONSTRUCT"
	case DescribeForm:
		return "DESCRIBE"
	case AskForm:
		return "ASK"
	}
	return ""
}

// Query is a query of any form.
type Query struct {
	Base string // base IRI in effect, which the IRI function needs; may be empty
	Form Form
	// Dataset is the RDF dataset the query names, nil without FROM.
	Dataset *Dataset
	// Select is pattern, solution modifiers and final VALUES of every form; its
	// Distinct, Reduced, Star and Projection are those of a SELECT query.
	Select
	Template []TriplePattern // CONSTRUCT, also that of the short form
	Describe []Node          // DESCRIBE: Vars and IRIs; empty for DESCRIBE *
}

// Dataset is the RDF dataset of FROM and FROM NAMED, or of USING and USING
// NAMED (SPARQL 1.1 §13.2): graph IRIs in order of appearance.
type Dataset struct{ Default, Named []string }

// Select is a SELECT clause with its pattern and solution modifiers.
type Select struct {
	Distinct, Reduced bool
	Star              bool         // SELECT *
	Projection        []Projection // in order, when not Star
	Where             *Group       // nil only for DESCRIBE without a pattern
	GroupBy           []GroupCondition
	Having            []Expr
	OrderBy           []OrderCondition
	Limit, Offset     *uint64
	Values            *InlineData // final VALUES, or nil
}

// Projection is ?var, or (expr AS ?var) when Expr is set.
type Projection struct {
	Var  Var
	Expr Expr
}

// GroupCondition is a member of GROUP BY; Var is empty when no AS names it. A
// plain variable has Expr set to the Var and Var empty.
type GroupCondition struct {
	Expr Expr
	Var  Var
}

// OrderCondition is a member of ORDER BY.
type OrderCondition struct {
	Expr       Expr
	Descending bool
}
