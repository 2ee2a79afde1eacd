using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// The columns that scoring adds, with the annotations by which ML.NET's evaluators and tools know them; in the output they
/// follow the columns of the input, which keep their places.
/// </summary>
internal static class ScoreSchema
{
    public const string ScoreName = "Score";
    public const string PredictedLabelName = "PredictedLabel";

    private const string ScoreColumnKind = "ScoreColumnKind";
    private const string ScoreValueKind = "ScoreValueKind";
    private const string SlotNames = "SlotNames";
    private const string KeyValues = "KeyValues";
    private const string MulticlassClassification = "MulticlassClassification";

    /// <summary>The schema of scored data.</summary>
    public static DataViewSchema Of(DataViewSchema input, ClassLabels labels)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(PredictedLabelName, new KeyDataViewType(typeof(uint), labels.Count), Annotations("PredictedLabel", labels.AddKeyValues));
        builder.AddColumn(ScoreName, new VectorDataViewType(NumberDataViewType.Single, labels.Count), Annotations("Score", labels.AddSlotNames));
        return builder.ToSchema();
    }

    /// <summary>The shape of the schema of scored data; the columns it adds replace others of the same name.</summary>
    public static SchemaShape Of(SchemaShape input, string labelName)
    {
        var label = input.First(column => column.Name == labelName);
        var keyValues = label.Annotations.Where(annotation => annotation.Name == KeyValues).ToArray();
        var predictedLabel = MLNetInternals.ShapeColumn(
            PredictedLabelName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, [.. Kinds(), .. keyValues]);
        var score = MLNetInternals.ShapeColumn(
            ScoreName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false,
            keyValues.Length == 0 ? Kinds() : [.. Kinds(), MLNetInternals.ShapeColumn(SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, isKey: false)]);
        return new SchemaShape([.. input.Where(column => column.Name is not (PredictedLabelName or ScoreName)), predictedLabel, score]);
    }

    private static SchemaShape.Column[] Kinds() =>
    [
        MLNetInternals.ShapeColumn(ScoreColumnKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
        MLNetInternals.ShapeColumn(ScoreValueKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
    ];

    private static DataViewSchema.Annotations Annotations(string valueKind, Action<DataViewSchema.Annotations.Builder> add)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue(ScoreColumnKind, TextDataViewType.Instance, MulticlassClassification.AsMemory());
        builder.AddPrimitiveValue(ScoreValueKind, TextDataViewType.Instance, valueKind.AsMemory());
        add(builder);
        return builder.ToAnnotations();
    }
}
