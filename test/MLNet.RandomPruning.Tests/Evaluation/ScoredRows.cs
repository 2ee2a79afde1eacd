using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Core.Tests.Evaluation;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>Scored data made by hand, as it could come from any model.</summary>
internal static class ScoredRows
{
    public sealed class KeyRow
    {
        public float[] Score { get; set; } = [];

        /// <summary>A key. Written into a view it counts from 0, and what is no key stands for none; read back it counts from 1, and 0 stands for none.</summary>
        public uint Label { get; set; }
    }

    public sealed class NumberRow
    {
        public float[] Score { get; set; } = [];

        public float Label { get; set; }
    }

    public sealed class Unlabelled
    {
        public float[] Score { get; set; } = [];
    }

    public sealed class OneScore
    {
        public float OutOfDistributionScore { get; set; }
    }

    /// <summary>A set of the golden numbers, with keys for labels where it has labels.</summary>
    public static IDataView Golden(MLContext mlContext, string set)
    {
        var (scores, labels, classes) = GoldenNumbers.Set(set);
        float[][] rows = [.. scores.Chunk(classes)];
        return labels.Length == 0 ? Plain(mlContext, rows) : Keyed(mlContext, rows, [.. labels.Select(label => (uint)label + 1)]);
    }

    /// <summary>A view without rows.</summary>
    public static IDataView Empty(MLContext mlContext) =>
        mlContext.Data.LoadFromEnumerable(Array.Empty<KeyRow>(), KeyDefinition(classes: 2, keyCount: 2));

    /// <summary>Rows whose labels are keys with or without values, and whose scores have slot names or not.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="scores">One a row.</param>
    /// <param name="keys">From 1 on; 0 where there is none.</param>
    /// <param name="keyCount">The number of keys; null for that of the scores.</param>
    /// <param name="keyValues">What the keys stand for; null for no values.</param>
    /// <param name="slotNames">What the scores are of; null for no names.</param>
    public static IDataView Keyed(
        MLContext mlContext, float[][] scores, uint[] keys, int? keyCount = null, string[]? keyValues = null, string[]? slotNames = null)
    {
        var definition = KeyDefinition(scores[0].Length, keyCount ?? scores[0].Length);
        Annotate(definition["Label"], "KeyValues", keyValues);
        Annotate(definition["Score"], "SlotNames", slotNames);
        return mlContext.Data.LoadFromEnumerable(scores.Zip(keys, (row, key) => new KeyRow { Score = row, Label = unchecked(key - 1) }).ToArray(), definition);
    }

    /// <summary>Rows whose labels are class numbers.</summary>
    public static IDataView Numbered(MLContext mlContext, float[][] scores, float[] labels) => mlContext.Data.LoadFromEnumerable(
        scores.Zip(labels, (row, label) => new NumberRow { Score = row, Label = label }).ToArray(), Definition(typeof(NumberRow), scores[0].Length));

    /// <summary>Rows without labels.</summary>
    public static IDataView Plain(MLContext mlContext, float[][] scores, int? classes = null) => mlContext.Data.LoadFromEnumerable(
        scores.Select(row => new Unlabelled { Score = row }).ToArray(), Definition(typeof(Unlabelled), classes ?? scores[0].Length));

    /// <summary>Rows with one score each.</summary>
    public static IDataView Single(MLContext mlContext, params float[] scores) =>
        mlContext.Data.LoadFromEnumerable(scores.Select(score => new OneScore { OutOfDistributionScore = score }).ToArray());

    private static SchemaDefinition KeyDefinition(int classes, int keyCount)
    {
        var definition = Definition(typeof(KeyRow), classes);
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), keyCount);
        return definition;
    }

    private static SchemaDefinition Definition(Type row, int classes)
    {
        var definition = SchemaDefinition.Create(row);
        definition["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        return definition;
    }

    private static void Annotate(SchemaDefinition.Column column, string kind, string[]? names)
    {
        if (names is not null)
        {
            var texts = names.Select(name => name.AsMemory()).ToArray();
            column.AddAnnotation(kind, new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts), new VectorDataViewType(TextDataViewType.Instance, texts.Length));
        }
    }
}
