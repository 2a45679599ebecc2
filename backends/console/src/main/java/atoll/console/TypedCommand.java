package atoll.console;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A command on its way, on a thread of its own: nobody waits for it longer than a person wants. */
final class TypedCommand implements Runnable {
  /** A command that takes longer says what it waits for. */
  private static final Duration MOMENT = Duration.ofMillis(300);

  /** How long one may take to notice that nobody wants to wait. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final CommandPrompt.Answer LEFT =
      new CommandPrompt.Answer(List.of("this cannot be interrupted, and goes on by itself"), false);

  private final CommandPrompt prompt;
  private final List<String> words;
  private final CompletableFuture<CommandPrompt.Answer> answer = new CompletableFuture<>();

  /** What performs it, while it does; guarded by this. */
  private Thread worker;

  private boolean interrupted;

  TypedCommand(CommandPrompt prompt, List<String> words) {
    this.prompt = prompt;
    this.words = List.copyOf(words);
  }

  @Override
  public void run() {
    begin();
    try {
      answer.complete(prompt.perform(words));
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }

  private synchronized void begin() {
    worker = Thread.currentThread();
    if (interrupted) {
      worker.interrupt();
    }
  }

  /** Asks it to end; if it does not soon, it is left to itself. */
  synchronized void interrupt() {
    interrupted = true;
    if (worker != null) {
      worker.interrupt();
    }
    answer.completeOnTimeout(LEFT, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Waits for what comes of it.
   *
   * @param out told what it waits for, if that takes longer than a moment
   */
  CommandPrompt.Answer answer(Consumer<String> out) throws InterruptedException {
    try {
      return answer.get(MOMENT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      out.accept(prompt.waiting(words));
      return last();
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  private CommandPrompt.Answer last() throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** A defect of the command's. */
  private static IllegalStateException failure(ExecutionException e) {
    return new IllegalStateException("a command has failed", e.getCause());
  }
}
