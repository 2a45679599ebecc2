package atoll.migration;

import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What the target says, read on a thread of its own: so a refusal is seen while pages are written,
 * and the target never waits to be read.
 */
final class Answers {
  /** Words that nobody has waited for: the target says little. */
  private static final int MOST = 1024;

  private final Frames frames;
  private final BlockingQueue<Message> said = new LinkedBlockingQueue<>(MOST);
  private volatile MigrationException failure;

  private Answers(Frames frames) {
    this.frames = frames;
  }

  /** Begins to read. */
  static Answers of(Frames frames, Tasks tasks) {
    Answers answers = new Answers(frames);
    tasks.start("migration answers", answers::read);
    return answers;
  }

  private void read() {
    try {
      while (failure == null) {
        take(frames.message());
      }
    } catch (IOException e) {
      end(new MigrationException("the connection was lost: " + HostException.reason(e), e));
    } catch (MigrationException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      end(new MigrationException("what the other end says could not be read: " + e, e));
    }
  }

  private void take(Message message) throws MigrationException {
    switch (message) {
      case Message.Received ignored -> {}
      case Message.Failed(String reason) ->
          throw new MigrationException("the other end refuses it: " + reason);
      default -> {
        if (!said.offer(message)) {
          throw new MigrationException("the other end says more than it is asked");
        }
      }
    }
  }

  private void end(MigrationException why) {
    failure = why;
    boolean ignored = said.offer(new Message.Alive()); // wakes who waits
  }

  /** Throws if the target has refused or is gone. */
  void check() throws MigrationException {
    MigrationException known = failure;
    if (known != null) {
      throw new MigrationException(known.getMessage(), known);
    }
  }

  /**
   * Waits for a word.
   *
   * @param most how long
   * @throws MigrationException if another comes, or none
   */
  <M extends Message> M await(Class<M> kind, Duration most)
      throws MigrationException, InterruptedException {
    check(said.isEmpty());
    Message next = said.poll(most.toNanos(), TimeUnit.NANOSECONDS);
    if (kind.isInstance(next)) {
      return kind.cast(next);
    }
    check();
    throw new MigrationException(
        next == null
            ? "the other end has not answered for %d s".formatted(most.toSeconds())
            : "the other end does not keep to the protocol: it says "
                + next.getClass().getSimpleName());
  }

  /** What was said before the end still counts. */
  private void check(boolean nothingSaid) throws MigrationException {
    if (nothingSaid) {
      check();
    }
  }
}
