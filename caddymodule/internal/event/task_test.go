package event

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTasks_lists_what_goes_on_and_tells_of_its_end(t *testing.T) {
	var bus Bus
	news := bus.Subscribe(8)
	tasks := NewTasks(&bus)
	first := tasks.Begin(ImagePull, "postgres:17", "")
	second := tasks.Begin(Compiling, "acme.hello", "")
	first.Update("3 of 9 MB", 1.5)
	all := tasks.All()
	assert.Len(t, all, 2)
	assert.Equal(t, "3 of 9 MB", all[0].Detail)
	assert.Equal(t, 1.0, all[0].Share, "a share is never more than all")
	first.End()
	first.End()
	assert.Len(t, tasks.All(), 1)
	second.End()
	assert.Empty(t, tasks.All())
	bus.Close()
	ended := 0
	for e := range news.Events() {
		if p := e.(Progress); p.Ended {
			ended++
		}
	}
	assert.Equal(t, 2, ended, "each end is told once")
}

func TestTasks_that_nobody_keeps_are_no_fault(t *testing.T) {
	var tasks *Tasks
	work := tasks.Begin(Building, "acme.hello", "ui")
	work.Update("", 0)
	work.End()
	assert.Empty(t, tasks.All())
}
