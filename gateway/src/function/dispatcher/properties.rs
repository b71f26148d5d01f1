//! The dispatcher under random sequences of what workers and callers may do.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tokio::sync::oneshot::Receiver;

use super::tests::Stage;
use super::*;
use crate::function::job::Answer;
use crate::function::phase::Delivery;

#[derive(Clone, Debug)]
enum Step {
    Submit,
    GiveUp(Index),
    Next(Index),
    Complete(Index),
    Verdict(Index),
    Exit(Index),
    StartFails(Index),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Submit),
        1 => any::<Index>().prop_map(Step::GiveUp),
        4 => any::<Index>().prop_map(Step::Next),
        4 => any::<Index>().prop_map(Step::Complete),
        1 => any::<Index>().prop_map(Step::Verdict),
        1 => any::<Index>().prop_map(Step::Exit),
        1 => any::<Index>().prop_map(Step::StartFails),
        1 => (0_u64..4000).prop_map(Step::Pass),
    ]
}

impl Stage {
    fn some_worker(&self, index: Index) -> Option<WorkerId> {
        let mut ids: Vec<_> = self.dispatcher.workers.keys().copied().collect();
        ids.sort_unstable();
        (!ids.is_empty()).then(|| *index.get(&ids))
    }

    /// Does what a worker and its task would do.
    fn perform(
        &mut self,
        step: &Step,
        answers: &mut Vec<Receiver<Answer>>,
        polls: &mut Vec<Receiver<Delivery>>,
    ) {
        match step {
            Step::Submit => answers.push(self.submit("a").0),
            Step::GiveUp(index) if !answers.is_empty() => {
                answers.swap_remove(index.index(answers.len()));
            }
            Step::Next(index) => {
                if let Some(id) = self.some_worker(*index)
                    && let Next::Wait(poll) = self.dispatcher.next(id, self.now)
                {
                    polls.push(poll);
                }
            }
            Step::Complete(index) => {
                let id = self.some_worker(*index);
                let busy = id.and_then(|id| match &self.dispatcher.workers[&id].phase {
                    Phase::Busy { job, .. } => Some((id, Arc::clone(&job.event))),
                    _ => None,
                });
                if let Some((id, event)) = busy {
                    self.complete(id, &event);
                }
            }
            Step::Verdict(index) => {
                if let Some(id) = self.some_worker(*index)
                    && let Verdict::Kill(_) | Verdict::Stop = self.dispatcher.verdict(id, self.now)
                {
                    self.dispatcher.end(id, Exit(None));
                }
            }
            Step::Exit(index) => {
                if let Some(id) = self.some_worker(*index)
                    && !self.dispatcher.is_starting(id)
                {
                    self.dispatcher.exited(id);
                    self.dispatcher.end(id, Exit(None));
                }
            }
            Step::StartFails(index) => {
                if let Some(id) = self.some_worker(*index)
                    && self.dispatcher.is_starting(id)
                {
                    let failure = StartFailure::Command("broken".to_owned());
                    self.dispatcher.start_failed(id, failure, self.now);
                }
            }
            Step::Pass(millis) => self.now += Duration::from_millis(*millis),
            Step::GiveUp(_) => {}
        }
        self.hire();
    }

    fn assert_consistent(&self) {
        let Dispatcher { workers, idle, queue, limit, .. } = &self.dispatcher;
        assert!(workers.len() <= *limit);
        let waiting = |id: &WorkerId| matches!(workers[id].phase, Phase::Waiting(_));
        assert!(idle.iter().all(waiting), "idle workers wait");
        assert_eq!(idle.len(), workers.keys().filter(|id| waiting(id)).count(), "each once");
        assert!(!workers.is_empty() || queue.is_empty(), "somebody serves the queue");
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_books_balance_and_every_call_is_answered(
        limit in 1_usize..5,
        steps in vec(step(), 0..120),
    ) {
        let mut stage = Stage::new(limit);
        let (mut answers, mut polls) = (Vec::new(), Vec::new());
        for step in &steps {
            stage.perform(step, &mut answers, &mut polls);
            stage.assert_consistent();
        }
        stage.dispatcher.close(&InvokeError::Throttled);
        for answer in &mut answers {
            prop_assert!(answer.try_recv().is_ok());
        }
    }
}
