const provider = document.querySelector("workflow-provider");
provider.token = async () => sessionStorage.getItem("token");
provider.headers = () => ({ "X-Team": "blue" });
