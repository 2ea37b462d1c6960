// Package rating gives a dataset points and stars after two international measures, from
// its metadata and from what the checks saw of its files.
//
// [MQA] counts the 405 points of the Metadata Quality Assessment of data.europa.eu, of whose
// metrics package dcat has the published list. What is about a distribution is counted of the
// one that gets most points. [Stars] gives the five stars of open data (5stardata.info).
//
// Each answer is true, false or unknown, with its reason. Unknown gives no points and takes
// none away: how many points depend on it is said beside.
package rating
