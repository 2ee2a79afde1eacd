namespace Microsoft.ML;

/// <summary>The names of the annotations that the transforms know.</summary>
internal static class AnnotationKinds
{
    /// <summary>The names of the slots of a vector column: a vector of text of its size.</summary>
    public const string SlotNames = "SlotNames";

    /// <summary>What the keys of a key column stand for: a vector of as many values as there are keys.</summary>
    public const string KeyValues = "KeyValues";

    /// <summary>Whether a column is normalised.</summary>
    public const string IsNormalized = "IsNormalized";

    /// <summary>The values of the label that a scorer was trained on, in the order of its scores.</summary>
    public const string TrainingLabelValues = "TrainingLabelValues";
}
