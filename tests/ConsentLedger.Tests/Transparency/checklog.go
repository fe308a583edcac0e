// An auditor with other people's code: the packages that verify the checksum database of Go modules.
//
// usage: checklog URL TOKEN VKEY EARLIER
//
// URL is the ledger's (…/v1/ledger), TOKEN may read it, VKEY verifies its checkpoints, EARLIER is the file with a checkpoint
// that was kept. Prints the size and root of the tree that it accepted; what it does not accept goes to standard error, status 1.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type ledger struct {
	url, token string
	client     http.Client
}

func (l *ledger) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", l.url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+l.token)
	response, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<24))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, response.Status, body)
	}
	return body, err
}

func (l *ledger) getJSON(path string, into interface{}) error {
	body, err := l.get(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// The ledger as a tlog.TileReader: C2SP leaves the height of tiles out of their paths.
func (l *ledger) Height() int { return tileHeight }

func (l *ledger) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "/tile/", 1)
		hashes, err := l.get(path)
		if err != nil {
			return nil, err
		}
		if len(hashes) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(hashes))
		}
		data = append(data, hashes)
	}
	return data, nil
}

func (l *ledger) SaveTiles([]tlog.Tile, [][]byte) {}

// A checkpoint's note, opened and read.
func openTree(text []byte, log note.Verifier) (tree tlog.Tree, err error) {
	opened, err := note.Open(text, note.VerifierList(log))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tree, errors.New("is not of three lines")
	}
	if lines[0] != log.Name() {
		return tree, fmt.Errorf("is of %q", lines[0])
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// Leaf index n in the tree: by the entry's bytes, by tiles, and by the ledger's own proof.
func checkEntry(l *ledger, tree tlog.Tree, hashes tlog.HashReader, n int64) error {
	var entry struct{ Leaf, LeafHash string }
	if err := l.getJSON(fmt.Sprintf("/entries/%d", n+1), &entry); err != nil {
		return err
	}
	leaf, err := base64.StdEncoding.DecodeString(entry.Leaf)
	if err != nil {
		return err
	}
	hash := tlog.RecordHash(leaf)
	if hash.String() != entry.LeafHash {
		return errors.New("the entry's leafHash is not that of its leaf")
	}
	proved, err := tlog.ProveRecord(tree.N, n, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proved, tree.N, tree.Hash, n, hash); err != nil {
		return fmt.Errorf("by tiles: %w", err)
	}
	var proof struct {
		LeafIndex, TreeSize int64
		LeafHash            tlog.Hash
		Hashes              []tlog.Hash
	}
	if err := l.getJSON(fmt.Sprintf("/entries/%d/proof?treeSize=%d", n+1, tree.N), &proof); err != nil {
		return err
	}
	if proof.LeafIndex != n || proof.TreeSize != tree.N || proof.LeafHash != hash {
		return errors.New("the proof is of something else")
	}
	if err := tlog.CheckRecord(proof.Hashes, tree.N, tree.Hash, n, hash); err != nil {
		return fmt.Errorf("by the ledger's proof: %w", err)
	}
	return nil
}

// The tree extends the earlier one: by tiles, and by the ledger's own proof.
func checkExtends(l *ledger, tree, earlier tlog.Tree, hashes tlog.HashReader) error {
	proved, err := tlog.ProveTree(tree.N, earlier.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proved, tree.N, tree.Hash, earlier.N, earlier.Hash); err != nil {
		return fmt.Errorf("by tiles: %w", err)
	}
	var proof struct {
		From, To int64
		Hashes   []tlog.Hash
	}
	if err := l.getJSON(fmt.Sprintf("/consistency?from=%d&to=%d", earlier.N, tree.N), &proof); err != nil {
		return err
	}
	if proof.From != earlier.N || proof.To != tree.N {
		return errors.New("the proof is of something else")
	}
	if err := tlog.CheckTree(proof.Hashes, tree.N, tree.Hash, earlier.N, earlier.Hash); err != nil {
		return fmt.Errorf("by the ledger's proof: %w", err)
	}
	return nil
}

func check(l *ledger, vkey string, kept []byte) (tree tlog.Tree, err error) {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, fmt.Errorf("vkey: %w", err)
	}
	earlier, err := openTree(kept, log)
	if err != nil {
		return tree, fmt.Errorf("earlier checkpoint: %w", err)
	}
	text, err := l.get("/checkpoint")
	if err != nil {
		return tree, fmt.Errorf("checkpoint: %w", err)
	}
	if tree, err = openTree(text, log); err != nil {
		return tree, fmt.Errorf("checkpoint: %w", err)
	}
	if tree.N < earlier.N {
		return tree, fmt.Errorf("consistency: %d entries, and earlier there were %d", tree.N, earlier.N)
	}
	hashes := tlog.TileHashReader(tree, l)
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return tree, fmt.Errorf("tiles: %w", err)
	}
	if root != tree.Hash {
		return tree, errors.New("tiles: they have another root than the checkpoint")
	}
	if err := checkExtends(l, tree, earlier, hashes); err != nil {
		return tree, fmt.Errorf("consistency: %w", err)
	}
	random := rand.New(rand.NewSource(time.Now().UnixNano()))
	entries := []int64{0, 255, 256, 257, 511, 512, earlier.N - 1, earlier.N, tree.N - 1}
	for i := 0; i < 16; i++ {
		entries = append(entries, random.Int63n(tree.N))
	}
	for _, n := range entries {
		if n >= tree.N {
			continue
		}
		if err := checkEntry(l, tree, hashes, n); err != nil {
			return tree, fmt.Errorf("entry %d: %w", n+1, err)
		}
	}
	// What was proved by the kept checkpoint is provable by it still.
	old := tlog.TileHashReader(earlier, l)
	if err := checkEntry(l, earlier, old, earlier.N-1); err != nil {
		return tree, fmt.Errorf("entry %d in the earlier tree: %w", earlier.N, err)
	}
	return tree, nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: checklog URL TOKEN VKEY EARLIER")
		os.Exit(2)
	}
	kept, err := os.ReadFile(os.Args[4])
	var tree tlog.Tree
	if err == nil {
		tree, err = check(&ledger{url: os.Args[1], token: os.Args[2], client: http.Client{Timeout: 30 * time.Second}}, os.Args[3], kept)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(tree.N, tree.Hash)
}
