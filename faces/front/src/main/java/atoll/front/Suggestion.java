package atoll.front;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;

/**
 * What a shell can offer for a value.
 *
 * @param words of {@link Kind#WORDS}, or beside the images of {@link Kind#IMAGES}
 */
record Suggestion(Kind kind, List<String> words) {
  private static final Pattern FILE = Pattern.compile("(FILE|IMAGE|RECIPE|PATH|TO)\\b.*");
  private static final Pattern FOLDER = Pattern.compile("(DIR|FOLDER)\\b.*");

  /** Where suggestions come from. */
  enum Kind {
    /** Nowhere: only the user knows. */
    ANYTHING,
    FILES,
    FOLDERS,
    WORDS,
    /** The images that there are, and words. */
    IMAGES,
    /** The snapshots that there are. */
    SNAPSHOTS
  }

  Suggestion {
    words = List.copyOf(words);
  }

  static Suggestion of(Kind kind) {
    return new Suggestion(kind, List.of());
  }

  /** For a value that is one of these. */
  static Suggestion words(List<String> words) {
    return new Suggestion(Kind.WORDS, words);
  }

  /** By what reads the value, and otherwise by what it is called where it is described. */
  static Suggestion of(ArgSpec value) {
    for (Object converter : value.converters()) {
      if (converter instanceof Worded worded) {
        return words(worded.words());
      }
    }
    Iterable<String> known = value.completionCandidates();
    if (known instanceof ImageNames images) {
      return new Suggestion(Kind.IMAGES, list(images));
    }
    if (known instanceof SnapshotNames) {
      return of(Kind.SNAPSHOTS);
    }
    if (known != null && value.converters().length == 0) {
      return words(list(known));
    }
    String label = value.paramLabel();
    if (FOLDER.matcher(label).matches()) {
      return of(Kind.FOLDERS);
    }
    return value.type() == Path.class || FILE.matcher(label).matches()
        ? of(Kind.FILES)
        : of(Kind.ANYTHING);
  }

  private static List<String> list(Iterable<String> words) {
    List<String> list = new ArrayList<>();
    words.forEach(list::add);
    return list;
  }
}
