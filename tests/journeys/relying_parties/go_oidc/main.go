// A service signed in to by go-oidc and golang.org/x/oauth2.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type session struct {
	state, nonce, verifier string
	token                  *oauth2.Token
	idToken                *oidc.IDToken
	rawIDToken             string
}

type party struct {
	baseURL, endSession string
	provider            *oidc.Provider
	verifier            *oidc.IDTokenVerifier
	oauth               oauth2.Config
	lock                sync.Mutex
	sessions            map[string]*session
}

func main() {
	clientID, baseURL := os.Getenv("CLIENT_ID"), os.Getenv("BASE_URL")
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}
	p := &party{
		baseURL:    baseURL,
		endSession: metadata.EndSession,
		provider:   provider,
		verifier:   provider.Verifier(&oidc.Config{ClientID: clientID}),
		oauth: oauth2.Config{
			ClientID:     clientID,
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  baseURL + "/callback",
			Scopes:       []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess},
		},
		sessions: map[string]*session{},
	}
	http.HandleFunc("GET /{$}", p.home)
	http.HandleFunc("GET /sign-in", p.signIn)
	http.HandleFunc("GET /callback", p.callback)
	http.HandleFunc("GET /refresh", p.refresh)
	http.HandleFunc("GET /sign-out", p.signOut)
	http.HandleFunc("GET /signed-out", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, map[string]any{"signed": "out"})
	})
	http.HandleFunc("POST /backchannel-logout", p.backchannelLogout)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func (p *party) home(w http.ResponseWriter, r *http.Request) {
	s := p.session(w, r)
	if s.token == nil {
		http.Error(w, "nobody is signed in", http.StatusUnauthorized)
		return
	}
	userinfo, err := p.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(s.token))
	if err != nil || userinfo.Subject != s.idToken.Subject {
		refuse(w, err)
		return
	}
	var claims, about map[string]any
	if s.idToken.Claims(&claims) != nil || userinfo.Claims(&about) != nil {
		http.Error(w, "no claims", http.StatusBadRequest)
		return
	}
	tell(w, map[string]any{"access_token": s.token.AccessToken, "id_token": claims, "userinfo": about})
}

func (p *party) signIn(w http.ResponseWriter, r *http.Request) {
	s := p.session(w, r)
	s.state, s.nonce, s.verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	http.Redirect(w, r, p.oauth.AuthCodeURL(
		s.state,
		oidc.Nonce(s.nonce),
		oauth2.S256ChallengeOption(s.verifier),
		oauth2.SetAuthURLParam("prompt", "consent"),
	), http.StatusSeeOther)
}

func (p *party) callback(w http.ResponseWriter, r *http.Request) {
	s := p.session(w, r)
	if r.FormValue("state") != s.state || s.state == "" {
		http.Error(w, "another state", http.StatusBadRequest)
		return
	}
	token, err := p.oauth.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		refuse(w, err)
		return
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.verifier.Verify(r.Context(), raw)
	if err != nil || idToken.Nonce != s.nonce || idToken.VerifyAccessToken(token.AccessToken) != nil {
		refuse(w, err)
		return
	}
	s.token, s.idToken, s.rawIDToken = token, idToken, raw
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *party) refresh(w http.ResponseWriter, r *http.Request) {
	s := p.session(w, r)
	spent := &oauth2.Token{RefreshToken: s.token.RefreshToken}
	token, err := p.oauth.TokenSource(r.Context(), spent).Token()
	if err != nil {
		refuse(w, err)
		return
	}
	s.token = token
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *party) signOut(w http.ResponseWriter, r *http.Request) {
	s := p.session(w, r)
	query := url.Values{
		"id_token_hint":            {s.rawIDToken},
		"post_logout_redirect_uri": {p.baseURL + "/signed-out"},
	}
	s.token = nil
	http.Redirect(w, r, p.endSession+"?"+query.Encode(), http.StatusSeeOther)
}

func (p *party) backchannelLogout(w http.ResponseWriter, r *http.Request) {
	token, err := p.verifier.VerifyLogout(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		refuse(w, err)
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, s := range p.sessions {
		var claims struct {
			SessionID string `json:"sid"`
		}
		if s.idToken != nil && s.idToken.Claims(&claims) == nil && claims.SessionID == token.SessionID {
			s.token = nil
		}
	}
}

func (p *party) session(w http.ResponseWriter, r *http.Request) *session {
	p.lock.Lock()
	defer p.lock.Unlock()
	if cookie, err := r.Cookie("party"); err == nil && p.sessions[cookie.Value] != nil {
		return p.sessions[cookie.Value]
	}
	number := rand.Text()
	p.sessions[number] = &session{}
	http.SetCookie(w, &http.Cookie{
		Name: "party", Value: number, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return p.sessions[number]
}

func tell(w http.ResponseWriter, told any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(told)
}

func refuse(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "refused", http.StatusBadRequest)
}
