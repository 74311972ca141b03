// Package canonicaljson writes JSON the one way in which both ends of the
// docker-runner API sign it: as JavaScript's JSON.stringify writes a parsed text
// whose keys were sorted. Package runnerclient and the docker-runner service
// call it; it calls nobody.
package canonicaljson
