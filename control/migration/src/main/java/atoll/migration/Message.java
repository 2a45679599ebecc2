package atoll.migration;

import atoll.state.StateFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** What the two ends say to each other, besides pages. */
sealed interface Message {
  /** A migration: 16 random bytes in hexadecimal. */
  Pattern ID = Pattern.compile("[0-9a-f]{32}");

  /** How it is written: a record that has one of these. */
  StateFormat<Envelope> FORMAT = new StateFormat<>("ATOLL-MIGRATION", Envelope.class, 1, List.of());

  /** What is written. */
  record Envelope(Message message) {
    public Envelope {
      Objects.requireNonNull(message, "message");
    }
  }

  // ------------------------------------------------------------ what the source says

  /**
   * First: a system that wants to come.
   *
   * @param id of this migration
   * @param system its name
   * @param description of it, which the receiving manager understands
   * @param regions what will be sent; a page that is not sent is zero
   */
  @SuppressWarnings("ArrayRecordComponent") // which nobody compares
  record Offer(String id, String system, byte[] description, List<Region> regions)
      implements Message {
    /** Regions of one system. */
    static final int REGIONS = 1024;

    public Offer {
      requireId(id);
      Objects.requireNonNull(system, "system");
      Objects.requireNonNull(description, "description");
      regions = List.copyOf(regions);
      if (regions.size() > REGIONS) {
        throw new IllegalArgumentException(
            "%d regions, expected %d at most".formatted(regions.size(), REGIONS));
      }
    }
  }

  /** First, instead: what has become of an earlier one? */
  record Ask(String id) implements Message {
    public Ask {
      requireId(id);
    }
  }

  /** What the system is at this moment, so that the target can try whether it could make it. */
  @SuppressWarnings("ArrayRecordComponent") // which nobody compares
  record Rehearse(byte[] state) implements Message {
    public Rehearse {
      Objects.requireNonNull(state, "state");
    }
  }

  /** All pages of a round have been sent. */
  record EndOfRound(int round) implements Message {}

  /** Nothing is sent at the moment, but it goes on. */
  record Alive() implements Message {}

  /** The system stands still, and all its pages have been sent. */
  @SuppressWarnings("ArrayRecordComponent") // which nobody compares
  record Finish(byte[] state) implements Message {
    public Finish {
      Objects.requireNonNull(state, "state");
    }
  }

  /** The source gives the system up: it runs there or nowhere. */
  record Commit() implements Message {}

  /** The source has heard that it runs. */
  record Over() implements Message {}

  /** The source keeps the system. */
  record Cancel(String reason) implements Message {
    public Cancel {
      Objects.requireNonNull(reason, "reason");
    }
  }

  // ------------------------------------------------------------ what the target says

  /** It has room for what was offered. */
  record Accepted() implements Message {}

  /** It could make the system, but for its memory. */
  record Rehearsed() implements Message {}

  /** It has got so many bytes of pages since the connection began; said every now and then. */
  record Received(long bytes) implements Message {}

  /** It has all pages of a round. */
  record RoundReceived(int round) implements Message {}

  /** All is there, and the system could run at once. */
  record Prepared() implements Message {}

  /** It runs. */
  record Running() implements Message {}

  /** It will not run here. */
  record Failed(String reason) implements Message {
    public Failed {
      Objects.requireNonNull(reason, "reason");
    }
  }

  /** To {@link Ask}. */
  record Answer(Fate fate) implements Message {
    public Answer {
      Objects.requireNonNull(fate, "fate");
    }
  }

  private static void requireId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("no number of a migration");
    }
  }
}
