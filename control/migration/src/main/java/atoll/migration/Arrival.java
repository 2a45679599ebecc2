package atoll.migration;

import atoll.host.Clock;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A system comes from another host: the course of it at the target. Used once. */
final class Arrival {
  /** How long the source may be silent. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long the source may take to give the system up, once it could run here. */
  private static final Duration DECISION = Duration.ofSeconds(10);

  /** How long a source that is refused may take to hear that. */
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  /** How often the source hears that its pages come. */
  private static final long REPORTS = Duration.ofSeconds(2).toNanos();

  private final Frames frames;
  private final Message.Offer offer;
  private final Clock clock;
  private final PageBatch.Reader batches = new PageBatch.Reader();

  // Guarded by this: another connection may ask.
  private TargetFate fate = TargetFate.RECEIVING;

  private ArrivingSystem system;
  private long received;
  private long reported;

  Arrival(Frames frames, Message.Offer offer, Clock clock) {
    this.frames = frames;
    this.offer = offer;
    this.clock = clock;
  }

  /** Which migration it is. */
  String id() {
    return offer.id();
  }

  /** What has become of it; if it was not decided before, it is now. */
  synchronized Fate asked() {
    fate = fate.isAsked();
    return fate.answer();
  }

  /** The system does not run here, unless it does already. */
  synchronized boolean isLost() {
    fate = fate.isLost();
    return fate == TargetFate.DISCARDED;
  }

  /**
   * Receives it.
   *
   * @param peer the source's name
   * @return whether it runs here now; if not, it has been discarded
   */
  boolean run(String peer, Reception reception) {
    String problem;
    try {
      frames.patience(PATIENCE);
      system = reception.accept(peer, offer.system(), offer.description(), offer.regions());
      frames.say(new Message.Accepted());
      receive();
      return true;
    } catch (IOException e) {
      problem = "the connection was lost: " + HostException.reason(e);
    } catch (MigrationException e) {
      problem = e.getMessage();
    } catch (RuntimeException | Error e) {
      problem = "it could not be made here: " + e;
    }
    if (!isLost()) {
      return true; // it runs; only the connection is gone
    }
    boolean heard = refuse(problem);
    if (system != null) {
      system.discard(problem);
    }
    if (heard) {
      drain();
    }
    return false;
  }

  /** Tells the source why, if it is there. */
  private boolean refuse(String problem) {
    try {
      frames.patience(FAREWELL);
      frames.say(new Message.Failed(problem));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What it has sent meanwhile must be read, or the end of the connection would overtake that. */
  private void drain() {
    try {
      long end = clock.nanos() + FAREWELL.toNanos();
      while (clock.nanos() < end) {
        Frames.Frame ignored = frames.next(Frames.MESSAGE);
      }
    } catch (IOException | MigrationException e) {
      // It has gone.
    }
  }

  private void receive() throws IOException, MigrationException {
    reported = clock.nanos();
    while (true) {
      switch (frames.next(Frames.MESSAGE)) {
        case Frames.Frame.Pages(ByteBuffer batch) -> take(batch);
        case Frames.Frame.Said(Message said) -> {
          if (hear(said)) {
            return;
          }
        }
      }
    }
  }

  private void take(ByteBuffer batch) throws IOException, MigrationException {
    received += batch.remaining();
    batches.read(batch, offer.regions(), sink);
    long now = clock.nanos();
    if (now - reported > REPORTS) {
      reported = now;
      frames.say(new Message.Received(received));
    }
  }

  private final PageBatch.Sink sink =
      new PageBatch.Sink() {
        @Override
        public void page(int region, int page, ByteBuffer data) throws MigrationException {
          system.page(region, page, data);
        }

        @Override
        public void zero(int region, int page) throws MigrationException {
          system.zero(region, page);
        }
      };

  /** Returns whether it runs. */
  private boolean hear(Message said) throws IOException, MigrationException {
    switch (said) {
      case Message.Alive() -> {}
      case Message.Rehearse(byte[] state) -> rehearse(state);
      case Message.EndOfRound(int round) -> frames.say(new Message.RoundReceived(round));
      case Message.Finish(byte[] state) -> prepare(state);
      case Message.Commit() -> {
        return commit();
      }
      case Message.Cancel(String reason) ->
          throw new MigrationException("the other end keeps it: " + reason);
      default ->
          throw new MigrationException(
              "the other end does not keep to the protocol: it says "
                  + said.getClass().getSimpleName());
    }
    return false;
  }

  /** Only before pages, which it would be in the way of. */
  private void rehearse(byte[] state) throws IOException, MigrationException {
    if (received > 0) {
      throw new MigrationException(
          "the other end does not keep to the protocol: it rehearses late");
    }
    system.rehearse(state);
    frames.say(new Message.Rehearsed());
  }

  private void prepare(byte[] state) throws IOException, MigrationException {
    system.prepare(state);
    synchronized (this) {
      fate = fate.prepared();
    }
    frames.patience(DECISION);
    frames.say(new Message.Prepared());
  }

  /** If the source has asked meanwhile, it has been told that it is too late. */
  private boolean commit() throws IOException, MigrationException {
    synchronized (this) {
      fate = fate.hearsCommit();
      if (fate != TargetFate.RUNS) {
        throw new MigrationException("the other end gives it up before it is here");
      }
      start();
    }
    frames.say(new Message.Running());
    return true;
  }

  private void start() {
    try {
      system.start();
    } catch (RuntimeException | Error e) {
      fate = fate.couldNotStart();
      throw e;
    }
  }

  /** Waits for the source's last word; returns whether it came. */
  boolean over() {
    try {
      frames.patience(DECISION);
      return frames.message() instanceof Message.Over;
    } catch (IOException | MigrationException e) {
      return false;
    }
  }
}
