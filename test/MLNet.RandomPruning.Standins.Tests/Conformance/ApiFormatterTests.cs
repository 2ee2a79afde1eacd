using System.Collections;

namespace MLNet.RandomPruning.Standins.Tests.Conformance
{
    /// <summary>The formatter and the comparison on types made for the purpose, against lines written by hand.</summary>
    [TestClass]
    public class ApiFormatterTests
    {
        [TestMethod]
        public void ClassesShowBasesConstraintsAndModifiers()
        {
            AssertDescribes(
                typeof(ApiSamples.Shape<>),
                "type public abstract class ApiSamples.Shape<T> : System.Collections.IEnumerable, System.IDisposable where T : class, System.IDisposable, new()",
                "ctor protected ApiSamples.Shape<T>(int sides)",
                "field public const string ApiSamples.Shape<T>.Quoted = \"a\\\"b\"",
                "field public static readonly double ApiSamples.Shape<T>.Unit",
                "field public readonly T[] ApiSamples.Shape<T>.Items",
                "method protected virtual void ApiSamples.Shape<T>.Dispose(bool disposing)",
                "method public System.Collections.IEnumerator ApiSamples.Shape<T>.GetEnumerator()",
                "method public abstract System.Collections.Generic.KeyValuePair<int, T>? ApiSamples.Shape<T>.First()",
                "method public override string ApiSamples.Shape<T>.ToString()",
                "method public void ApiSamples.Shape<T>.Dispose()",
                "property public int ApiSamples.Shape<T>.Sides { get; protected set; }",
                "property public abstract long? ApiSamples.Shape<T>.Count { get; }",
                "property public string ApiSamples.Shape<T>.Item[int index] { get; set; }",
                "event public System.EventHandler<System.EventArgs> ApiSamples.Shape<T>.Changed");
        }

        [TestMethod]
        public void ParametersShowModifiersAndDefaults()
        {
            AssertDescribes(
                typeof(ApiSamples.Verbs),
                "type public static class ApiSamples.Verbs",
                "method public static T ApiSamples.Verbs.Pick<T>(this string text, T fallback = default) where T : struct",
                "method public static void ApiSamples.Verbs.Cut(char separator = '\\u0009', float rate = 1E-07f, double bound = -Infinity, bool on = true, int? many = null, System.DateTime when = default, ApiSamples.Color color = Color.Red)  [Obsolete]",
                "method public static void ApiSamples.Verbs.Move(ref int from, out string to, in long by, params object[] rest)");
        }

        [TestMethod]
        public void GenericParametersShowNullForTheirDefault() =>
            Assert.Contains(
                "method public static void ApiSamples.Free<T>.Fill(T value = null)", ApiFormatter.Describe(typeof(ApiSamples.Free<>)).Members);

        [TestMethod]
        public void InterfacesEnumsDelegatesAndStructsHaveTheirOwnLines()
        {
            AssertDescribes(
                typeof(ApiSamples.IMap<,>),
                "type public interface ApiSamples.IMap<TIn, TOut> : System.IDisposable where TOut : class  [variance: in TIn, out TOut]",
                "method public TOut ApiSamples.IMap<TIn, TOut>.Map(TIn value)");
            AssertDescribes(
                typeof(ApiSamples.Color),
                "type public enum ApiSamples.Color : byte",
                "field public const ApiSamples.Color ApiSamples.Color.Crimson = Color.Red",
                "field public const ApiSamples.Color ApiSamples.Color.None = Color.None",
                "field public const ApiSamples.Color ApiSamples.Color.Red = Color.Red");
            AssertDescribes(typeof(ApiSamples.Getter<>), "type public delegate void ApiSamples.Getter<T>(ref T value)");
            AssertDescribes(
                typeof(ApiSamples.Window<>),
                "type public readonly ref struct ApiSamples.Window<T>  [Obsolete]",
                "field public readonly System.Span<T> ApiSamples.Window<T>.Values");
        }

        [TestMethod]
        public void NestedTypesKeepTheArgumentsOfTheirOuterTypes() =>
            AssertDescribes(
                typeof(ApiSamples.Free<>.Options),
                "type public sealed class ApiSamples.Free<T>.Options : ApiSamples.Shape<ApiSamples.Disposable>, System.Collections.IEnumerable, System.IDisposable",
                "ctor public ApiSamples.Free<T>.Options()",
                "method public override System.Collections.Generic.KeyValuePair<int, ApiSamples.Disposable>? ApiSamples.Free<T>.Options.First()",
                "property public override long? ApiSamples.Free<T>.Options.Count { get; }");

        [TestMethod]
        public void HiddenTypesAreLeftOut()
        {
            ApiType[] types = ApiFormatter.Describe(typeof(ApiSamples.Verbs).Assembly).ToArray();

            Assert.Contains("ApiSamples.Free<T>.Options", types.Select(type => type.Name));
            Assert.DoesNotContain("ApiSamples.Hidden", types.Select(type => type.Name));
            Assert.DoesNotContain("ApiSamples.Hidden.Inside", types.Select(type => type.Name));
        }

        [TestMethod]
        public void TheComparisonNamesExtraChangedAndMissingMembers()
        {
            IReadOnlyDictionary<string, ApiType> reference = ApiReference.Parse(
            [
                "type public interface A.IThing",
                "method public int A.IThing.Kept(int a = 1)",
                "method public void A.IThing.Lost()",
                "type public abstract class A.Base",
                "method public abstract void A.Base.Owed()",
                "method public void A.Base.Optional()",
                "type public sealed class A.Leaf : A.Base",
            ]).ToDictionary(type => type.Name);
            ApiType[] surface =
            [
                new("A.IThing", "type public interface A.IThing", ["method public int A.IThing.Kept(int a = 2)"]),
                new("A.Base", "type public abstract class A.Base", []),
                new("A.Leaf", "type public class A.Leaf : A.Base", []),
                new("A.Extra", "type public enum A.Extra : int", []),
            ];

            string message = string.Join("\n", ApiComparison.Mismatches(surface, reference));

            Assert.AreEqual(
                """
                implementers owe:     method public abstract void A.Base.Owed()
                not in the reference: type public enum A.Extra : int
                not in the reference: method public int A.IThing.Kept(int a = 2)
                  the reference has:  method public int A.IThing.Kept(int a = 1)
                implementers owe:     method public int A.IThing.Kept(int a = 1)
                implementers owe:     method public void A.IThing.Lost()
                declared otherwise:   type public class A.Leaf : A.Base
                  the reference has:  type public sealed class A.Leaf : A.Base
                """,
                message);
        }

        [TestMethod]
        public void AConformingSurfaceHasNoMismatch()
        {
            ApiType[] types = [ApiFormatter.Describe(typeof(ApiSamples.Shape<>)), ApiFormatter.Describe(typeof(ApiSamples.IMap<,>))];
            IEnumerable<string> lines = types.SelectMany(type => type.Members.Prepend(type.Line));

            Assert.IsEmpty(ApiComparison.Mismatches(types, ApiReference.Parse(lines).ToDictionary(type => type.Name)));
        }

        private static void AssertDescribes(Type type, string line, params string[] members)
        {
            ApiType described = ApiFormatter.Describe(type);
            Assert.AreEqual(line, described.Line);
            CollectionAssert.AreEqual(members.Order(StringComparer.Ordinal).ToArray(), described.Members.ToArray(), string.Join("\n", described.Members));
        }
    }
}

/// <summary>Types that between them have everything that the formatter writes.</summary>
namespace ApiSamples
{
    public abstract class Shape<T> : IDisposable, IEnumerable
        where T : class, IDisposable, new()
    {
        public const string Quoted = "a\"b";
        public static readonly double Unit = 1;
        public readonly T[] Items = [];

        protected Shape(int sides) => Sides = sides;

        private protected Shape()
        {
        }

        public event EventHandler<EventArgs>? Changed;

        public int Sides { get; protected set; }

        public abstract long? Count { get; }

        internal int Secret => Sides;

        public string this[int index]
        {
            get => Items[index].ToString()!;
            set => Changed?.Invoke(this, EventArgs.Empty);
        }

        public abstract KeyValuePair<int, T>? First();

        public IEnumerator GetEnumerator() => Items.GetEnumerator();

        public override string ToString() => Quoted;

        public void Dispose() => Dispose(true);

        protected virtual void Dispose(bool disposing)
        {
        }
    }

    public static class Verbs
    {
        public static void Move(ref int from, out string to, in long by, params object[] rest) => to = $"{from}{by}{rest.Length}";

        [Obsolete("For the formatter.")]
        public static void Cut(
            char separator = '\t', float rate = 1e-7f, double bound = double.NegativeInfinity, bool on = true, int? many = null,
            DateTime when = default, Color color = Color.Crimson)
        {
        }

        public static T Pick<T>(this string text, T fallback = default)
            where T : struct => text.Length == 0 ? fallback : default;
    }

    public interface IMap<in TIn, out TOut> : IDisposable
        where TOut : class
    {
        TOut Map(TIn value);
    }

    public enum Color : byte
    {
        None,
        Crimson,
        Red = Crimson,
    }

    public delegate void Getter<T>(ref T value);

    public readonly ref struct Window<T>
    {
        public readonly Span<T> Values;

        internal Window(Span<T> values) => Values = values;
    }

    public sealed class Disposable : IDisposable
    {
        public void Dispose()
        {
        }
    }

    public abstract class Free<T>
    {
        public static void Fill(T value = default!) => _ = value;

        public sealed class Options : Shape<Disposable>
        {
            public override long? Count => 0;

            public override KeyValuePair<int, Disposable>? First() => null;
        }
    }

    internal static class Hidden
    {
        public static class Inside
        {
        }
    }
}
