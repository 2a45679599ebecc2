package atoll.front;

import atoll.image.Words;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/** A word of several. */
final class Choice {
  private Choice() {}

  /**
   * The word itself.
   *
   * @param noun what the words stand for
   */
  static String of(String word, String noun, List<String> words) {
    if (!words.contains(word)) {
      throw new TypeConversionException(
          "there is no %s '%s'; choose %s".formatted(noun, word, Words.hint(word, words)));
    }
    return word;
  }
}
