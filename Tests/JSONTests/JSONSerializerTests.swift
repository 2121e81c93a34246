import JSON
import Testing

@Suite struct JSONSerializerTests {
    let document: JSONValue = [
        "name": "a \"b\" \\ \n\u{1} é😀", "none": .null, "list": [1, 2.5, [], [:]], "deep": ["x": [true]],
    ]

    @Test func compactHasNoSpaces() {
        #expect(document.serialized()
            == #"{"name":"a \"b\" \\ \n\u0001 é😀","none":null,"list":[1,2.5,[],{}],"deep":{"x":[true]}}"#)
    }

    @Test func prettyIsIndentedAsPythonDoes() {
        #expect(document.serialized(pretty: true) == #"""
            {
              "name": "a \"b\" \\ \n\u0001 é😀",
              "none": null,
              "list": [
                1,
                2.5,
                [],
                {}
              ],
              "deep": {
                "x": [
                  true
                ]
              }
            }
            """#)
    }

    @Test(arguments: [(2e-05, "2e-05"), (0.1, "0.1"), (1, "1.0"), (1e22, "1e+22"), (-0.0, "-0.0"), (0.1 + 0.2, "0.30000000000000004"),
                      (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity")] as [(Double, String)])
    func writesTheShortestNumberThatReadsBack(number: Double, text: String) {
        #expect(JSONValue.number(number).serialized() == text)
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        #expect(try JSONValue.parse(document.serialized()) == document)
        #expect(try JSONValue.parse(document.serialized(pretty: true)) == document)
    }
}
