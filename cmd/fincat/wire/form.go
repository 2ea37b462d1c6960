package wire

import (
	"io"
	"mime/multipart"
	"net/url"
	"os"
)

// Send sends the parameters and then the files.
func Send(stdin io.Reader, form *multipart.Writer, params url.Values, files []string) error {
	for name, values := range params {
		for _, value := range values {
			if err := form.WriteField(name, value); err != nil {
				return err
			}
		}
	}
	for _, name := range files {
		if err := sendFile(stdin, form, name); err != nil {
			return err
		}
	}
	return form.Close()
}

func sendFile(stdin io.Reader, form *multipart.Writer, name string) (err error) {
	w, err := form.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	r := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close() // it was only read
		r = file
	}
	_, err = io.Copy(w, r)
	return err
}
