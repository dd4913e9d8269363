package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/go-chi/chi/v5"
)

//go:embed assets/*.css assets/*.js assets/*.svg assets/*.gz
var assetFiles embed.FS

// assets are the files that pages load, by name.
type assets map[string]asset

type asset struct {
	content []byte
	version string // changes with the content
	gzipped bool
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func newAssets() assets {
	all := assets{}
	files, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, f := range files {
		content, err := assetFiles.ReadFile("assets/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		name, gzipped := strings.CutSuffix(f.Name(), ".gz")
		all[name] = asset{content, hex.EncodeToString(sum[:6]), gzipped}
	}
	return all
}

// url is an asset's address, which changes with its content, so that browsers may keep it.
func (a assets) url(name string) string { return assetsRoot + name + "?v=" + a[name].version }

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "name")
	file, ok := a[name]
	kind := contentTypes[path.Ext(name)]
	if !ok || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	if file.gzipped {
		w.Header().Set("Content-Encoding", "gzip") // what shows the console takes it
	}
	if r.URL.Query().Get("v") == file.version {
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	}
	_, _ = w.Write(file.content) // a client that has gone away gets nothing
}
