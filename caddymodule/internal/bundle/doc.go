// Package bundle makes what an extension is published as: `bundle.tar.zst`,
// named by its content hash, and the files in it, which never change.
//
// The engine calls [Maker.Make] after each build, hands the result to a
// [History], and shows the problems that [Check] finds. The package calls
// nothing but the file systems that it is given and its own cache folder; it
// asks runner/host which capability an import needs.
//
// A save of one small file must not cost a look at the large ones. So the
// archive is a row of zstd frames, one for each file, of which unchanged ones
// are kept; and the state of the hash is kept behind each of them.
package bundle
