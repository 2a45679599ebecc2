package atoll.front;

import java.util.List;

/** Reads a value that is one of a few words, which a shell can offer. */
interface Worded {
  /** The words, as they are written. */
  List<String> words();
}
