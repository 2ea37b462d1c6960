// Package chart draws tables as charts in SVG, which other sites may embed.
//
// [Draw] makes bars or a line of two columns of a [Table]; where nobody says which, it takes the
// first column of numbers that are no codes or dates, and the first other column. A chart needs no
// scripts and no styles, is readable on light and dark pages, and leads to where its data come
// from. It shows the first 40 rows as bars, or 500 as a line.
package chart
