package atoll.script;

import atoll.api.AtollException;
import atoll.api.CommandException;
import atoll.api.ExpectationException;
import atoll.api.InterruptedWaitException;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.scenario.TestScript;
import atoll.scenario.TestStep;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/**
 * Test scripts being done, several at a time if that is wanted. A case is done once: what fails is
 * not tried again. Any thread may {@link #cancel} it.
 */
public final class TestRun {
  private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
  private final Clock clock;
  private final Tasks tasks;
  private final Path temporary;
  private final Listener listener;

  // Guarded by this.
  private final Set<Thread> workers = new HashSet<>();
  private boolean cancelled;

  /** Is told of what is done. Thread-safe. */
  public interface Listener {
    /** Long work is being done before a system is there, in a few words. */
    void progress(String step);

    /** A case is over. */
    void done(CaseResult result);
  }

  /** Cases that are done one after the other. */
  private record Job(TestScript script, List<TestScript.Case> cases) {}

  /**
   * @param only which cases are done, by their names
   * @param clock the host's
   * @param tasks where they are done
   * @param temporary where disks go that are thrown away afterwards
   */
  public TestRun(
      List<TestScript> scripts,
      Predicate<String> only,
      Clock clock,
      Tasks tasks,
      Path temporary,
      Listener listener) {
    this.clock = clock;
    this.tasks = tasks;
    this.temporary = temporary;
    this.listener = listener;
    for (TestScript script : scripts) {
      List<TestScript.Case> chosen =
          script.cases().stream().filter(each -> only.test(each.name())).toList();
      if (script.shared() && !chosen.isEmpty()) {
        jobs.add(new Job(script, chosen));
      } else {
        chosen.forEach(each -> jobs.add(new Job(script, List.of(each))));
      }
    }
  }

  /** Whether there is nothing to do. */
  public boolean empty() {
    return jobs.isEmpty();
  }

  /**
   * Does all, and waits for that.
   *
   * @param atOnce systems at the same time, at most
   * @return false if it was cancelled, and not all has been done
   */
  public boolean run(int atOnce) throws InterruptedException {
    int count = Math.max(1, Math.min(atOnce, jobs.size()));
    CountDownLatch done = new CountDownLatch(count);
    for (int n = 0; n < count; n++) {
      tasks.start("test", () -> work(done));
    }
    done.await();
    return !cancelled();
  }

  private void work(CountDownLatch done) {
    try {
      if (enter()) {
        for (Job job = jobs.poll(); job != null && !cancelled(); job = jobs.poll()) {
          perform(job);
        }
      }
    } finally {
      leave();
      done.countDown();
    }
  }

  private synchronized boolean enter() {
    return !cancelled && workers.add(Thread.currentThread());
  }

  private synchronized void leave() {
    workers.remove(Thread.currentThread());
  }

  private synchronized boolean cancelled() {
    return cancelled;
  }

  /** Ends it soon: what is being waited for is given up, and systems are closed. */
  public synchronized void cancel() {
    cancelled = true;
    workers.forEach(Thread::interrupt);
  }

  private void perform(Job job) {
    try (Turn turn = new Turn(job.script)) {
      for (TestScript.Case each : job.cases) {
        CaseResult result = turn.perform(each);
        if (cancelled()) {
          return; // which is why it may have failed
        }
        listener.done(result);
      }
    }
  }

  /** The cases of one script, on a system that is made anew when it must be. */
  private final class Turn implements AutoCloseable {
    private final TestScript script;
    private Optional<TestSubject> subject = Optional.empty();
    private Variables variables = new Variables(Map.of());

    Turn(TestScript script) {
      this.script = script;
    }

    /** Does a case; a system in which one has failed is not used for the next. */
    CaseResult perform(TestScript.Case of) {
      long began = clock.nanos();
      Attempt attempt = new Attempt(of.line());
      Optional<CaseResult.Failure> failure = attempt.failure(() -> perform(of, attempt));
      Duration guest = guestTime(attempt);
      if (failure.isPresent() || !script.shared()) {
        Optional<CaseResult.Failure> closing = attempt.failure(this::end);
        failure = failure.or(() -> closing);
      }
      return new CaseResult(script, of, Duration.ofNanos(clock.nanos() - began), guest, failure);
    }

    private void perform(TestScript.Case of, Attempt attempt) {
      boolean fresh = subject.isEmpty();
      if (fresh) {
        subject = Optional.of(TestSubject.start(script, temporary, listener::progress));
        variables = new Variables(script.variables());
      }
      attempt.began = subject.get().system().time();
      variables.putAll(of.variables());
      StepRunner runner =
          new StepRunner(
              subject.get().system(),
              variables,
              script.file().toAbsolutePath().getParent(),
              script.limit());
      if (fresh) {
        script.setup().forEach(step -> attempt.perform(step, runner));
      }
      of.steps().forEach(step -> attempt.perform(step, runner));
    }

    private Duration guestTime(Attempt attempt) {
      try {
        return subject
            .map(present -> present.system().time().minus(attempt.began))
            .orElse(Duration.ZERO);
      } catch (AtollException e) {
        return Duration.ZERO;
      }
    }

    private void end() {
      Optional<TestSubject> last = subject;
      subject = Optional.empty();
      last.ifPresent(TestSubject::close);
    }

    /** What cannot be closed after the last case has no case to be told of. */
    @Override
    public void close() {
      try {
        end();
      } catch (AtollException | HostException e) {
        listener.progress(e.getMessage());
      }
    }
  }

  /** A case that is being done, and where it is. */
  private static final class Attempt {
    private int line;
    private String words = "";
    private Duration began = Duration.ZERO;

    Attempt(int line) {
      this.line = line;
    }

    void perform(TestStep step, StepRunner runner) {
      line = step.line();
      words = step.words();
      runner.perform(step);
      words = "";
    }

    /** Does something, and says what has gone wrong with it, if something has. */
    Optional<CaseResult.Failure> failure(Runnable work) {
      try {
        work.run();
        return Optional.empty();
      } catch (StepFailure e) {
        return failed(e.getMessage(), e.tail(), false);
      } catch (ExpectationException e) {
        return failed(sentence(e), e.tail(), false);
      } catch (CommandException e) {
        return failed(e.getMessage(), e.output(), false);
      } catch (InterruptedWaitException e) {
        return failed("interrupted", "", true);
      } catch (AtollException | HostException e) {
        return failed(e.getMessage(), "", true);
      } catch (UncheckedIOException e) {
        return failed("a file of the test cannot be made: " + HostException.reason(e), "", true);
      } catch (RuntimeException e) {
        return failed("this is a bug in Atoll: " + e, "", true);
      }
    }

    /** Its message without the end of the console, which is told apart. */
    private static String sentence(ExpectationException e) {
      String first = e.getMessage().lines().findFirst().orElse("");
      return first.replaceFirst(";[^;]*:$", "");
    }

    private Optional<CaseResult.Failure> failed(String message, String tail, boolean error) {
      return Optional.of(new CaseResult.Failure(line, words, message, tail, error));
    }
  }
}
