using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>The base of the options of trainers that need a label.</summary>
public abstract class TrainerInputBaseWithLabel : TrainerInputBase
{
    public string LabelColumnName = DefaultColumnNames.Label;

    private protected TrainerInputBaseWithLabel()
    {
    }
}
