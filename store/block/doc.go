// Package block keeps sorted rows of four IDs in compressed blocks.
//
// A [Key] is a quad in the sequence of an [Order]. [Append] encodes keys as a
// [Block], [EncodePatch] changes as a patch of one. An [Index] is the list of an
// order's blocks; a [Folder] writes a new one from an old one and a [Source] of
// changes; a [Cursor] reads the rows of an index with changes merged in. [Sorter]
// and [Merger] sort rows that do not fit in memory. The package reads and writes
// blocks through functions: it knows no database.
//
// # Bytes
//
// A block holds up to 2,048 quads of one order, in segments of 128 that can be
// decoded alone: a zero byte, the codec's version (1), the number of quads; for every
// segment its size in bytes and its first quad, as differences to the first of the
// segment before; the segments; eight zero bytes. A segment is four columns in the sequence of the
// order. A column is 0 when all its values are the first one's; else 1, the
// size of what follows (2 bytes, little-endian), four byte widths from 0 to 8 (4
// bits each), two bits per value choosing one of them, and the differences of
// each value to the one before, zigzag, little-endian in that width. The widths
// are those that make the column smallest.
//
// A patch is two zero bytes, the codec's version, the length of its additions, those as
// a block, and its removals as a block, neither of which names its codec again.
//
// Blocks and patches of codec 0, which programs of format 2 wrote, begin without zero
// bytes and version. The first byte of such a block, and the second of such a patch when
// its first is zero, is a number of quads and never zero itself.
//
// Blocks of the terms order have up to 512 rows of the four columns: the two
// halves of the 128-bit XXH3 of a term's encoding, whose seed is the store's plus the
// tag times 0x9E3779B97F4A7C15; its ID, rotated left by four bits; zero.
package block
