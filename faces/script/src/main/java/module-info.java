/** Test scripts: systems run, and what they must do is looked at. */
module atoll.script {
  requires java.xml;
  requires atoll.host;
  requires atoll.image;
  requires atoll.scenario;
  requires atoll.api;

  exports atoll.script to
      atoll.front;
}
