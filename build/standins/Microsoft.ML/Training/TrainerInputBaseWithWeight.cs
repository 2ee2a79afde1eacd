namespace Microsoft.ML.Trainers;

/// <summary>The base of the options of trainers that weigh their examples.</summary>
public abstract class TrainerInputBaseWithWeight : TrainerInputBaseWithLabel
{
    public string ExampleWeightColumnName = null;

    private protected TrainerInputBaseWithWeight()
    {
    }
}
