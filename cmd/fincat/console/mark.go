package console

// piece is a stretch of a text that another one has too, or lacks.
type piece struct {
	Text string
	Mark bool // the other lacks it
}

// maxMarked is how many characters of a text are compared.
const maxMarked = 400

// differing cuts two texts into what they have in common and what not, by a longest common
// subsequence of their characters. What is longer than maxMarked is compared up to there.
func differing(a, b string) (inA, inB []piece) {
	x, y := []rune(a), []rune(b)
	restA, restB := x[min(len(x), maxMarked):], y[min(len(y), maxMarked):]
	x, y = x[:len(x)-len(restA)], y[:len(y)-len(restB)]
	common := make([][]int16, len(x)+1) // of the suffixes
	for i := range common {
		common[i] = make([]int16, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			inA, inB = add(inA, x[i], false), add(inB, y[j], false)
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			inA = add(inA, x[i], true)
			i++
		default:
			inB = add(inB, y[j], true)
			j++
		}
	}
	for _, r := range restA {
		inA = add(inA, r, false)
	}
	for _, r := range restB {
		inB = add(inB, r, false)
	}
	return inA, inB
}

func add(list []piece, r rune, mark bool) []piece {
	if n := len(list); n > 0 && list[n-1].Mark == mark {
		list[n-1].Text += string(r)
		return list
	}
	return append(list, piece{string(r), mark})
}
