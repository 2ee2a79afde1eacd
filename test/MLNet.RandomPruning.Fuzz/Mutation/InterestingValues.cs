namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Values at which readers go wrong.</summary>
internal static class InterestingValues
{
    public static readonly string[] Numbers =
    [
        "0", "1", "-1", "2", "3", "7", "8", "9", "63", "64", "65", "255", "256", "1000", "1001", "65535", "65536", "1000000", "16777217", "268435456", "2147483647",
        "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
        "1e999", "-1e999", "1e308", "1e38", "1e39", "1e10", "1e-5", "1e-45", "1e-300", "1e-320", "1e-999", "0.5", "0.1", "0.8", "0.9", "0.98", "0.99999", "0.9999999999999999", "1.0", "1.5", "-0", "-0.0", "3.0",
        "000", "0x10", "+1", "1.", ".5", "NaN", "Infinity", "-Infinity", "1234567890123456789012345678901234567890",
    ];

    public static readonly string[] Networks =
    [
        "ResNet-8-1", "ResNet-8-2", "ResNet-8-3", "ResNet-8-4", "ResNet-8-5", "ResNet-8-8", "ResNet-8-1024", "ResNet-14-4", "ResNet-20-16", "ResNet-20", "resnet-8-4", "ResNet-20-1024", "ResNet-1202-1",
        "ResNet-1202-1024", "ResNet-1208-1", "ResNet-9-4", "ResNet-8-0", "ResNet-8-1025", "ResNet-0008-0004", "ResNet-99999-9", "ResNet--8-4", "ResNet-8-4 ", "ResNet-８-４", "WRN-28-10", "",
    ];

    public static readonly string[] Ratios =
    [
        "ERK", "ERK+", "ER", "Uniform", "Uniform+", "Dense", "SNIP", "GraSP", "erk", " ERK ", "ERK+(0.5)", "ERK+(1e-300)", "ERK+(0)", "ERK+(NaN)", "ERK(1)", "Custom(*=0.2)", "Custom(*=1)", "Custom(*=1e-300)",
        "Custom(conv=1,blocks.*=0.1,fc=0.5)", "Custom(conv=1)", "Custom(nowhere=1)", "Custom()", "Custom(*)", "Custom(=)", "Custom(*=Infinity)", "Custom(*=2)", "Custom(", "Uniform()", ")(", "",
    ];

    public static readonly string[] Granularities =
    [
        "Unstructured", "Filter", "Channel", "Kernel", "1x1", "1x4", "4x1", "3x5", "4096x4096", "4097x1", "0x0", "2:4", "1:2", "1:4096", "4095:4096", "4096:4096", "0:4", "99999999999x1", "1 x 4", "filter", "",
    ];

    public static readonly string[] Samplings = ["Exact", "Bernoulli", "exact", "0", "1", "2", "-1", "Exact,Bernoulli", ""];

    public static readonly string[] Shapes =
    [
        "[3,32,32]", "[3,16,20]", "[1,8,8]", "[1,4,4]", "[3,4,4]", "[3,3,32]", "[0,8,8]", "[-3,8,8]", "[4,16,20]", "[1000,8,8]", "[1000000,8,8]", "[100000000,4,4]", "[2147483647,4,4]", "[3,46341,46341]",
        "[3,2000000000,2000000000]", "[3,16]", "[3,16,20,1]", "[]", "3", "[3.0,16,20]", "[\"3\",16,20]", "null",
    ];

    public static readonly string[] Counts = ["2", "3", "4", "6", "7", "10", "100", "1000000", "2147483647", "2147483648", "1", "0", "-1", "+6", "6.0", " 6", "٦", ""];

    public static readonly string[] Types = ["F32", "F16", "BF16", "F64", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL", "F8_E4M3", "F8_E5M2", "F4", "f32", "C64", ""];

    public static readonly float[] Floats =
    [
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 0, -0f, 1, -1, 1e20f, -1e20f, 1e38f, 1e-38f, 65504, 127, 128,
    ];

    /// <summary>A text: short ones, special ones, and now and then a long one.</summary>
    public static string Text(FuzzRandom random) => random.Next(12) switch
    {
        0 => "",
        1 => random.Pick(Networks),
        2 => random.Pick(Ratios),
        3 => random.Pick(Granularities),
        4 => random.Pick(Samplings),
        5 => random.Pick(Numbers),
        6 => random.Pick(Shapes),
        7 => new string(random.Pick(['x', '(', '\u0001', '\n', '"', '\\', 'é', '鳥', '*', '0']), random.Length(20_000)),
        8 => "🜂\u202e\u0000\u001b[31m",
        9 => random.Pick(["true", "false", "null", "{}", "[]", "[[]]", "{\"a\":1}", "float16", "int8", "float32", "MLNet.RandomPruning model", "MLNet.RandomPruning mask", "pt"]),
        10 => string.Concat(Enumerable.Range(0, random.Length(40)).Select(_ => (char)random.Between(1, 0xd7ff))),
        _ => Convert.ToHexStringLower([.. Enumerable.Range(0, random.Length(64)).Select(_ => random.Byte())]),
    };

    /// <summary>A JSON value, mostly well-formed.</summary>
    public static string Json(FuzzRandom random) => random.Next(10) switch
    {
        < 5 => random.Pick(Numbers),
        5 => $"\"{random.Pick(random.Pick([Networks, Ratios, Granularities, Samplings, Numbers, Counts]))}\"",
        6 => random.Pick(["null", "true", "false", "{}", "[]", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[null]", "[[]]", "{\"a\":{}}"]),
        7 => $"\"{new string('x', random.Length(20_000))}\"",
        8 => Nested(random.Length(300)),
        _ => $"[{string.Join(",", Enumerable.Repeat(random.Pick(["0", "1", "[]", "{}", "\"\"", "0.5", "null"]), random.Length(3000)))}]",
    };

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);
}
