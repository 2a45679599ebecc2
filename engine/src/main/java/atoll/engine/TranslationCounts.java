package atoll.engine;

/** What a hart's translator has done. */
public final class TranslationCounts {
  private static final String[] REASONS = {"slow", "link", "lookup", "budget", "stale", "refresh"};

  final long[] exits = new long[REASONS.length];
  long blocks;
  long regions;
  long refusedRegions;
  long translatedInstructions;
  long interpreted;
  long links;
}
