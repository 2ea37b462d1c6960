package inspect

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// geometry inspects a part of a shapefile that comes alone.
func (in *inspector) geometry(f File, r *Report) {
	if r.Format == "dbf" {
		in.dbf(f.Data, r)
	}
}

// dbfField is a column of a dBASE table.
type dbfField struct {
	name string
	size int
}

// dbf reads a dBASE table, the attributes of a shapefile: its header of 32 bytes, 32 for
// each column, and records of one length.
func (in *inspector) dbf(data []byte, r *Report) {
	if len(data) < 33 {
		r.Broken = "the table of attributes is cut off"
		return
	}
	head, size := int(binary.LittleEndian.Uint16(data[8:])), int(binary.LittleEndian.Uint16(data[10:]))
	var fields []dbfField
	for at := 32; at+32 <= min(head, len(data)) && data[at] != 0x0D; at += 32 {
		name, _, _ := bytes.Cut(data[at:at+11], []byte{0})
		fields = append(fields, dbfField{strings.TrimSpace(string(decode(name, false, "").text)), int(data[at+16])})
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	r.Fields = names
	facts := newFacts(in, names)
	for at := head; size > 0 && at+size <= len(data) && data[at] != 0x1A && in.ctx.Err() == nil; at += size {
		if data[at] == '*' { // deleted
			continue
		}
		cells, pos := make([]string, len(fields)), at+1
		for i, f := range fields {
			if pos+f.size > at+size {
				break
			}
			cells[i] = strings.TrimSpace(string(decode(data[pos:pos+f.size], false, "").text))
			pos += f.size
		}
		r.Rows++
		facts.row(cells, "record")
	}
	facts.end(r)
}
