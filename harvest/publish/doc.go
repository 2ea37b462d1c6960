// Package publish publishes datasets of the catalogue at data.gov.tw (政府資料開放平臺) through
// its interface v2, as 機關發布開發指引 describes it: POST creates a dataset and answers with the
// number that the portal gives it, PUT changes the dataset of a number, DELETE withdraws it for
// good. Each call needs the key in the header Authorization and comes from a registered address;
// what is wrong with it is often told in an answer with the status 200.
//
// A [Config] names what is published. [Publisher.Plan] compares that with what was published
// before and says what is to be done, without asking the portal. [Publisher.Send] does it. The
// fields come from the Taiwan profile (vocab/profile); what a record does not say, the
// configuration may, and a dataset that still lacks a required field is held back.
//
// # The journal
//
// What is at the portal is a [Entry] for each dataset among the store's named values: before
// each call the entry says what is about to be done, after it what came of it. So whatever ends
// the process between the two, the next run knows of which dataset it cannot be sure. Before a
// dataset is created the portal is searched for its title, and a dataset there that has its
// identifier is taken for it; one whose creation was in doubt and that is not found is created
// again only after a while, since the portal's search may lag behind. Before a dataset is
// changed or withdrawn, its number has to lead to its identifier.
//
// The identifier of a dataset there (資料集編號) is the one that it has in our own
// /api/v1/rest/dataset, so that the portal may also fetch what it is given here.
//
// # Withdrawing
//
// A dataset that is not in the catalogue any more, or not named any more, is withdrawn. At the
// portal that is final, so it is confirmed twice: that there may be withdrawals at all, and with
// a code that stands for just these datasets.
package publish
