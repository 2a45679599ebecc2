package atoll.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whatever a guest gives as a range is a few pages or everything. */
class RemoteFenceTest {
  private static final int ALL = RemoteFence.Address.ALL_PAGES;
  private static final int MOST = RemoteFence.Address.MOST_PAGES;

  private static void expect(long start, long size, long firstPage, int pages) {
    var range = new RemoteFence.Address(start, size, -1);
    assertThat(range.pages()).as(range.toString()).isEqualTo(pages);
    assertThat(range.firstPage()).as(range.toString()).isEqualTo(firstPage);
  }

  private static void expectEverything(long start, long size) {
    expect(start, size, 0, ALL);
  }

  @Test
  void pagesAtTheEndsOfTheAddressSpaceAreSinglePages() {
    expect(0x7fff_ffff_ffff_f000L, 1, 0x7fff_ffff_ffff_f000L, 1);
    expect(Long.MAX_VALUE, 1, 0x7fff_ffff_ffff_f000L, 1);
    expect(Long.MAX_VALUE, 2, 0x7fff_ffff_ffff_f000L, 2);
    expect(Long.MIN_VALUE, 4096, Long.MIN_VALUE, 1);
    expect(-4096, 4096, -4096, 1);
    expect(-1, 1, -4096, 1);
    expect(0, 1, 0, 1);
  }

  @Test
  void aRangeOfNothingIsThePageThatItNames() {
    expect(0x1000, 0, 0x1000, 1);
    expect(-1, 0, -4096, 1);
    expect(0x7fff_ffff_ffff_f000L, 0, 0x7fff_ffff_ffff_f000L, 1);
  }

  @Test
  void partsOfPagesCountAsPages() {
    expect(0xfff, 2, 0, 2);
    expect(1, 4096, 0, 2);
    expect(0xfff, 1, 0, 1);
    expect(0x1000, 4097, 0x1000, 2);
  }

  @Test
  void everythingIsSaidByZerosOrOnesOrByGoingOnBehindTheLastAddress() {
    expectEverything(0, 0);
    expectEverything(0, -1);
    expectEverything(0x1000, -1);
    expectEverything(-1, -1);
    expectEverything(-4096, 4097);
    expectEverything(-1, 2);
    expectEverything(-4096, 8192);
  }

  @Test
  void moreThanAFewPagesAreEverything() {
    expect(0x1000, MOST * 4096L, 0x1000, MOST);
    expect(0x1fff, (MOST - 1) * 4096L + 1, 0x1000, MOST);
    expectEverything(0x1001, MOST * 4096L);
    expectEverything(0x1000, MOST * 4096L + 1);
    expectEverything(0x1000, 1L << 39);
    expectEverything(0, Long.MAX_VALUE);
    expectEverything(4096, Long.MAX_VALUE);
    expectEverything(0, Long.MIN_VALUE);
    expectEverything(Long.MIN_VALUE, Long.MIN_VALUE);
    expectEverything(4096, -4096);
    expectEverything(4096, -8192);
  }
}
