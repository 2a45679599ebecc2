/** main. */
module atoll.app {
  requires transitive atoll.front;
}
