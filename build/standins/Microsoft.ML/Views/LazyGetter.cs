namespace Microsoft.ML.Data;

/// <summary>A getter that is made when it is first called.</summary>
internal abstract class LazyGetter
{
    public static Delegate Create(DataViewType type, Func<Delegate> make)
        => ((LazyGetter)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(type.RawType))).Wrap(make);

    protected abstract Delegate Wrap(Func<Delegate> make);

    private sealed class Typed<T> : LazyGetter
    {
        protected override Delegate Wrap(Func<Delegate> make)
        {
            ValueGetter<T> made = null;
            return (ValueGetter<T>)((ref T value) =>
            {
                made ??= (ValueGetter<T>)make();
                made(ref value);
            });
        }
    }
}
