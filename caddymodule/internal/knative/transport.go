package knative

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	defaultConnectTimeout = 5 * time.Second
	defaultKeepAlive      = 90 * time.Second
)

// Transport makes what carries the requests to the service; whoever asks for
// it closes its idle connections. The CA file is read once, here. The error is
// an *Error.
func Transport(cfg Config) (*http.Transport, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	trust, err := authorities(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	connect := cmp.Or(cfg.ConnectTimeout, defaultConnectTimeout)
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: connect}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trust, ServerName: cfg.serverName()},
		TLSHandshakeTimeout:   connect,
		Protocols:             protocols(cfg),
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   256, // one origin's traffic goes to one host
		IdleConnTimeout:       cmp.Or(cfg.KeepAlive, defaultKeepAlive),
		ResponseHeaderTimeout: cfg.FirstByteTimeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // the browser's own encodings pass through untouched
		// a connection that the ingress forgot shows before a request is lost on it
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: connect},
	}, nil
}

func protocols(cfg Config) *http.Protocols {
	var p http.Protocols
	// beside HTTP/1, Go never chooses HTTP/2 without TLS by itself
	p.SetHTTP1(!cfg.H2C)
	p.SetHTTP2(!cfg.H2C)
	p.SetUnencryptedHTTP2(cfg.H2C)
	return &p
}

// authorities are the system's and those of file; nil means the system's.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file) // #nosec G304 -- a path of the user's own configuration
	if err != nil {
		return nil, &Error{Code: CodeConfigInvalid, Message: "reading the CA file", Fix: "correct its path", Err: err}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without authorities still has the file's
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, invalid(fmt.Sprintf("the CA file %s holds no certificate", file), "give a PEM file with BEGIN CERTIFICATE")
	}
	return pool, nil
}
