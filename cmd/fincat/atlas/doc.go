// Package atlas is the map of the ecosystem at /map: organisations, their datasets and the links
// between them as a picture, and as a table for those who do not see it.
//
// The picture is SVG that the server draws, so that it is there without scripts; every node of it
// leads to a page. The first map shows the organisations, each with all of its datasets in one
// circle; that of an organisation shows its datasets with the series and datasets that they are
// editions of, grouped by theme and then by title where there are more than a picture can hold.
// So a map never has more than a few dozen nodes, whatever the size of the catalogue. A script
// lets the picture be zoomed and moved.
//
// What the maps show comes from the listing of datasets in memory ([search.Follower]); what is counted
// for the first map is kept until the next commit.
package atlas
