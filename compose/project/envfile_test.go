package project

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func missingRunnerEnv(t *testing.T) (dir string, problem Problem) {
	t.Helper()
	dir = folder(t, map[string]string{
		"docker-compose.yml": web("    env_file: .env.runner\n"), ".env.runner.example": "TOKEN=change-me\n",
	})
	found := problems(t, dir, Options{})
	require.Len(t, found, 1)
	return dir, found[0]
}

func TestAMissingEnvFileIsMadeFromItsExample(t *testing.T) {
	dir, problem := missingRunnerEnv(t)
	assert.Equal(t, CodeEnvFileMissing, problem.Code)
	assert.True(t, problem.HasExample())

	made, err := CopyExample(problem)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, ".env.runner"), made)
	p := loaded(t, dir, Options{})
	assert.Equal(t, "change-me", *p.Compose.Services["web"].Environment["TOKEN"])
	info, err := os.Stat(made)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
}

func TestACopyNeverOverwrites(t *testing.T) {
	dir, problem := missingRunnerEnv(t)
	own := filepath.Join(dir, ".env.runner")
	require.NoError(t, os.WriteFile(own, []byte("TOKEN=mine\n"), 0o600))

	_, err := CopyExample(problem)
	assert.ErrorIs(t, err, fs.ErrExist)
	content, err := os.ReadFile(own)
	require.NoError(t, err)
	assert.Equal(t, "TOKEN=mine\n", string(content))
}

func TestACopyThatFailsLeavesNothing(t *testing.T) {
	dir, problem := missingRunnerEnv(t)
	example := filepath.Join(dir, ".env.runner.example")
	require.NoError(t, os.Remove(example))
	// A folder can be opened and not be read.
	require.NoError(t, os.Mkdir(example, 0o755))

	_, err := CopyExample(problem)
	assert.Error(t, err)
	assert.NoFileExists(t, filepath.Join(dir, ".env.runner"))
}

func TestAProblemWithoutExampleHasNothingToCopy(t *testing.T) {
	found := problems(t, folder(t, one(web("    env_file: web.env\n"))), Options{})
	require.Len(t, found, 1)
	assert.False(t, found[0].HasExample())
	_, err := CopyExample(found[0])
	assert.Error(t, err)
}

func TestTheCommandOfAFixIsSafeToPaste(t *testing.T) {
	dir := folder(t, map[string]string{
		"docker-compose.yml": web("    env_file: it's here/.env\n"), "it's here/.env.example": "A=b\n",
	})
	found := problems(t, dir, Options{})
	assert.Equal(t, `run: cp 'it'\''s here/.env.example' 'it'\''s here/.env'`, found[0].Fix)
}
