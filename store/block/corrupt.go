package block

import (
	"errors"
	"fmt"
)

// ErrCorrupt means that stored bytes do not decode.
var ErrCorrupt = errors.New("store is damaged")

// Corrupt returns an [ErrCorrupt] that says what does not decode.
func Corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }
