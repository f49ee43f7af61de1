import pulumi
import pulumi_tencentcloud_lvb as lvb

config = pulumi.Config()
callback_url = config.get("callbackUrl") or "https://callbacks.example.com/lvb"
bindings = config.get_object("bindings") or [{"domain": "push.example.com", "app": "live"}]

template = lvb.CallbackTemplate(
    "live-events",
    stream_begin_notify_url=callback_url,
    stream_end_notify_url=callback_url,
    callback_key=config.require_secret("callbackKey"),
)

rules = [
    lvb.DomainTemplateBinding(
        f"{binding['domain']}/{binding['app']}",
        domain_name=binding["domain"],
        app_name=binding["app"],
        template_id=template.template_id,
    )
    for binding in bindings
]

pulumi.export("templateId", template.template_id)
pulumi.export("effectiveAt", [rule.propagation.effective_at for rule in rules])
