package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;

/** What a process shows, read until something is there. */
final class Shown {
  private final InputStream from;
  private final StringBuilder text = new StringBuilder();
  private int seen;

  Shown(InputStream from) {
    this.from = from;
  }

  Shown(Process process) {
    this(process.getInputStream());
  }

  /** Reads on until {@code wanted} has come; returns what came since the last time, with it. */
  String await(String wanted) throws IOException {
    int begun = seen;
    int at = text.indexOf(wanted, seen);
    while (at < 0) {
      int next = from.read();
      assertThat(next).as("'%s' comes before the end of: %s", wanted, text).isNotNegative();
      text.append((char) next);
      at = text.indexOf(wanted, Math.max(seen, text.length() - wanted.length()));
    }
    seen = at + wanted.length();
    return text.substring(begun, seen);
  }

  /** Reads on to the end; returns all. */
  String all() throws IOException {
    for (int next = from.read(); next >= 0; next = from.read()) {
      text.append((char) next);
    }
    return text.toString();
  }

  /** All that has been read. */
  String text() {
    return text.toString();
  }
}
