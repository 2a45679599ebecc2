package atoll.console;

/**
 * Takes a terminal's control sequences out of output and cuts it into lines; one thread uses it.
 *
 * <p>A line ends at a line feed or a carriage return; both together are one end. Escape sequences
 * (ECMA-48 §5.4 and xterm's operating system commands) and other control characters but the tab are
 * left out.
 */
public final class PlainText {
  private static final byte ESCAPE = 0x1b;
  private static final byte BELL = 7;
  private static final byte DELETE = 0x7f;

  private enum State {
    TEXT,
    ESCAPE,
    /** After {@code ESC [}: parameters, intermediates, one final byte. */
    SEQUENCE,
    /** After {@code ESC ]} and its kind: until BEL, ST or the end of the line. */
    STRING,
    STRING_ESCAPE
  }

  private final Lines lines;
  private State state = State.TEXT;
  private boolean returned;

  /** The receiver of the text. */
  public interface Lines {
    /** The next byte of the line. */
    void text(byte b);

    /** The line is complete. */
    void end();
  }

  /**
   * @param lines told of the text as it comes
   */
  public PlainText(Lines lines) {
    this.lines = lines;
  }

  /** The next byte of the output. */
  public void accept(byte b) {
    if (b == '\n' || b == '\r') {
      state = State.TEXT;
      if (b == '\r' || !returned) {
        lines.end();
      }
      returned = b == '\r';
    } else {
      returned = false;
      state = next(b);
    }
  }

  private State next(byte b) {
    return switch (state) {
      case TEXT -> text(b);
      case ESCAPE -> escaped(b);
      case SEQUENCE -> b >= '@' && b <= '~' ? State.TEXT : State.SEQUENCE;
      case STRING -> b == BELL ? State.TEXT : b == ESCAPE ? State.STRING_ESCAPE : State.STRING;
      case STRING_ESCAPE -> b == '\\' ? State.TEXT : State.STRING;
    };
  }

  private State text(byte b) {
    if (b == ESCAPE) {
      return State.ESCAPE;
    }
    if (b < 0 || b >= ' ' && b != DELETE || b == '\t') {
      lines.text(b);
    }
    return State.TEXT;
  }

  /** After ESC: an introducer, intermediates of a longer sequence, or its final byte. */
  private static State escaped(byte b) {
    return switch (b) {
      case '[' -> State.SEQUENCE;
      case ']', 'P', '_', '^', 'X' -> State.STRING;
      default -> b >= ' ' && b <= '/' ? State.ESCAPE : State.TEXT;
    };
  }
}
