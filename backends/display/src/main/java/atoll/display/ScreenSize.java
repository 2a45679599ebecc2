package atoll.display;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large the picture is that a guest is asked for.
 *
 * @param width pixels of a row
 * @param height rows
 */
public record ScreenSize(int width, int height) {
  /** What one looks like, for messages. */
  public static final String EXPECTED = "WIDTHxHEIGHT in pixels, each 64 to 4095, such as 1280x800";

  /** What there is if nothing else is said. */
  public static final ScreenSize USUAL = new ScreenSize(1280, 800);

  /** What a screen's description, EDID, has bits for. */
  private static final int MOST = 4095;

  private static final int LEAST = 64;
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

  public ScreenSize {
    if (width < LEAST || width > MOST || height < LEAST || height > MOST) {
      throw new IllegalArgumentException(
          "a screen of %d x %d pixels, expected %s".formatted(width, height, EXPECTED));
    }
  }

  /** Reads {@code 1280x800}. */
  public static Optional<ScreenSize> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ScreenSize(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
